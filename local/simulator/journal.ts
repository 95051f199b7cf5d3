import { closeSync, createReadStream, fsyncSync, ftruncateSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { fstatSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Body, BodySource, Content } from './body.ts';
import type { Consent } from './consents.ts';
import { contentTypes } from './content-types.ts';
import { SimulatorError } from './simulator-error.ts';
import type { Subscription } from './subscriptions.ts';
import type { SimulatedTenant } from './tenants.ts';

/** What a restart must remember besides the contents. */
export interface SavedState {
  readonly port: number;
  readonly tokenKey: string;
  readonly tenants: readonly SimulatedTenant[];
  readonly consents: readonly Consent[];
  readonly subscriptions: readonly Subscription[];
  /** Record files taken in whole, by the hash of their bytes; the value marks their lines in the journal. */
  readonly taken: Readonly<Record<string, string>>;
  readonly demo?: { readonly started: number; readonly seed: number } | undefined;
}

/** A content as the journal holds it; `taken` marks what came from a record file. */
export interface SavedContent extends Content {
  readonly taken?: string | undefined;
}

export interface Journal {
  readonly state: SavedState | undefined;
  readonly contents: readonly SavedContent[];
  save(state: SavedState): void;
  append(contents: readonly SavedContent[]): void;
  /** Keeps bytes, and says where. */
  keep(bytes: Buffer): BodySource;
  body(source: { readonly offset: number; readonly length: number }): Body;
  close(): void;
}

/** Part of a file, opened when the first chunk is asked for. */
async function* readPart(path: string, offset: number, length: number): AsyncGenerator<Buffer> {
  if (length === 0) return;
  const stream = createReadStream(path, { start: offset, end: offset + length - 1, highWaterMark: 256 * 1024 });
  yield* stream as AsyncIterable<Buffer>;
}

const savedSource = z.union([
  z.object({ kind: z.literal('file'), offset: z.number(), length: z.number() }),
  z.object({ kind: z.literal('generated'), records: z.number(), bytesPerRecord: z.number() }),
  z.object({ kind: z.literal('demo'), seed: z.number(), index: z.number(), before: z.number().nullable() }),
]);

const savedContent = z.object({
  tenantId: z.string(),
  contentType: z.enum(contentTypes),
  id: z.string(),
  created: z.number(),
  expires: z.number(),
  offered: z.number(),
  listable: z.number(),
  records: z.number(),
  source: savedSource,
  taken: z.string().optional(),
});

function writeWhole(file: number, bytes: Buffer): void {
  let written = 0;
  while (written < bytes.byteLength) written += writeSync(file, bytes, written);
}

const readText = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
};

function readState(path: string): SavedState | undefined {
  const text = readText(path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as SavedState;
  } catch (cause) {
    throw new SimulatorError(`The simulator's state in ${path} is no JSON; remove it or start with --fresh.`, {
      cause,
    });
  }
}

/**
 * What the simulator keeps in a directory: `state.json` (written aside and renamed), `contents.ndjson` (appended, a torn
 * last line is cut off) and `bodies.bin` (appended).
 * @throws SimulatorError if what is there cannot be read
 */
export function openJournal(directory: string): Journal {
  mkdirSync(directory, { recursive: true });
  const statePath = join(directory, 'state.json');
  const contentsPath = join(directory, 'contents.ndjson');
  const bodiesPath = join(directory, 'bodies.bin');
  const state = readState(statePath);
  const text = readText(contentsPath) ?? '';
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const contents = whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line, index) => {
      try {
        return savedContent.parse(JSON.parse(line));
      } catch (cause) {
        throw new SimulatorError(
          `Line ${index + 1} of ${contentsPath} is no content; remove the directory or start with --fresh.`,
          { cause },
        );
      }
    });
  const contentsFile = openSync(contentsPath, 'a');
  ftruncateSync(contentsFile, Buffer.byteLength(whole));
  const bodiesFile = openSync(bodiesPath, 'a');
  let end = fstatSync(bodiesFile).size;
  let closed = false;
  // A call that was under way when the simulator closed must not write into a file that took over the number.
  const requireOpen = (): void => {
    if (closed) throw new SimulatorError(`The simulator that keeps ${directory} is closed; start it again.`);
  };

  return {
    state,
    contents,
    save(saved) {
      requireOpen();
      writeFileSync(`${statePath}.new`, JSON.stringify(saved, null, 2));
      renameSync(`${statePath}.new`, statePath);
    },
    append(added) {
      requireOpen();
      writeWhole(contentsFile, Buffer.from(added.map((content) => `${JSON.stringify(content)}\n`).join('')));
    },
    keep(bytes) {
      requireOpen();
      writeWhole(bodiesFile, bytes);
      const offset = end;
      end += bytes.byteLength;
      return { kind: 'file', offset, length: bytes.byteLength };
    },
    body: ({ offset, length }) => ({ length, chunks: readPart(bodiesPath, offset, length) }),
    close() {
      if (closed) return;
      closed = true;
      fsyncSync(contentsFile);
      closeSync(contentsFile);
      closeSync(bodiesFile);
    },
  };
}
