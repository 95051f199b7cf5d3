import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { z } from 'zod';
import type { ContentType } from './content-types.ts';
import { guidPattern } from './guid.ts';
import { SimulatorError } from './simulator-error.ts';

/** Records of one feed, each the bytes of its line, in the order of the file. */
export interface FeedRecords {
  readonly tenantId: string;
  readonly contentType: ContentType;
  readonly records: Buffer[];
}

export interface RecordFile {
  readonly feeds: readonly FeedRecords[];
  /** SHA-256 of the file, before decompression. */
  readonly hash: string;
}

const shape = z.looseObject({ OrganizationId: z.string().regex(guidPattern) });
const dlpTypes = new Set(['11', '13', '33', '63']);
const workloads: Readonly<Record<string, ContentType>> = {
  AzureActiveDirectory: 'Audit.AzureActiveDirectory',
  Exchange: 'Audit.Exchange',
  SharePoint: 'Audit.SharePoint',
  OneDrive: 'Audit.SharePoint',
};

/** The content type that a record belongs to, by its record type, operation and workload. */
export function contentTypeOfRecord(record: Readonly<Record<string, unknown>>): ContentType {
  const { RecordType: recordType, Operation: operation, Workload: workload } = record;
  if (dlpTypes.has(String(recordType))) return 'DLP.All';
  if (typeof operation === 'string' && operation.toLowerCase() === 'dlprulematch') return 'DLP.All';
  return typeof workload === 'string' && Object.hasOwn(workloads, workload)
    ? (workloads[workload] ?? 'Audit.General')
    : 'Audit.General';
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
}

/** The lines of a stream without their line breaks. */
async function* lines(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  for await (const chunk of stream) {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      const line = chunk.subarray(from, end);
      yield rest.length > 0 ? Buffer.concat([...rest, line]) : line;
      rest = [];
      from = end + 1;
    }
    if (from < chunk.byteLength) rest.push(chunk.subarray(from));
  }
  if (rest.length > 0) yield Buffer.concat(rest);
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function parseLine(path: string, number: number, line: Buffer): z.output<typeof shape> {
  // Without the cause: what the parser says quotes the record.
  const refuse = (what: string) =>
    new SimulatorError(`Line ${number} of ${path} ${what}; mend the line or leave it out.`);
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(line));
  } catch (cause) {
    throw refuse(cause instanceof SyntaxError ? 'is not valid JSON' : 'is not valid UTF-8');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse('is no JSON object');
  const parsed = shape.safeParse(value);
  if (!parsed.success) throw refuse('has no OrganizationId that is a GUID');
  return parsed.data;
}

/**
 * Reads records from an NDJSON file, compressed by gzip or not (told by its first bytes), and groups them by feed.
 * @throws SimulatorError that names the line and what is wrong with it, or the file
 */
export async function readRecordFile(path: string): Promise<RecordFile> {
  const feeds = new Map<string, FeedRecords>();
  const hash = createHash('sha256');
  let number = 0;
  try {
    const compressed = await isGzip(path);
    const file = createReadStream(path, { highWaterMark: 1024 * 1024 });
    async function* hashed(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const chunk of chunks) {
        hash.update(chunk);
        yield chunk;
      }
    }
    // Errors come out of the stream that is read; the callback is only there because pipeline wants one.
    const bytes = compressed ? pipeline(file, hashed, createGunzip(), () => undefined) : hashed(file);
    for await (const whole of lines(bytes)) {
      number++;
      const start = number === 1 && whole.subarray(0, 3).equals(Buffer.from('\ufeff')) ? 3 : 0;
      const line = whole.subarray(start, whole.at(-1) === 13 ? -1 : undefined);
      if (line.toString('latin1').trim() === '') continue;
      const record = parseLine(path, number, line);
      const tenantId = record.OrganizationId.toLowerCase();
      const contentType = contentTypeOfRecord(record);
      const key = `${tenantId}/${contentType}`;
      const feed = feeds.get(key) ?? { tenantId, contentType, records: [] };
      feed.records.push(Buffer.from(line));
      feeds.set(key, feed);
    }
  } catch (cause) {
    if (cause instanceof SimulatorError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SimulatorError(`The records in ${path} cannot be read (${why}); name an NDJSON file, .gz or not.`, {
      cause,
    });
  }
  if (feeds.size === 0) throw new SimulatorError(`The file ${path} holds no records; give one with at least one line.`);
  return { feeds: [...feeds.values()], hash: hash.digest('hex') };
}
