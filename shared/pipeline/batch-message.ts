import { z } from 'zod';

import type { ListedContent } from '../activity-api/activity-api.ts';
import { contentTypes } from '../activity-api/content-types.ts';
import { type Hour, isHour } from '../activity-api/hours.ts';
import type { FeedId } from '../state/feed-key.ts';

/** One queue message: contents of one feed and one hour. */
export interface Batch extends FeedId {
  readonly hour: Hour;
  /** 1 when listed, one more with each put-back. */
  readonly attempt: number;
  readonly contents: readonly ListedContent[];
}

/** The most bytes of one message: Azure's 64 KiB, less what base64 would take. */
const largestMessageBytes = 48_000;

/** The version of messages that is written here, and the newest that can be read. */
const version = 1;

const time = z.iso.datetime().transform((text) => Date.parse(text));

const laterShape = z.object({ v: z.int().gt(version) });

const schema = z.object({
  v: z.literal(version),
  tenantId: z.guid().transform((id) => id.toLowerCase()),
  contentType: z.enum(contentTypes),
  hour: z.string().refine(isHour, 'must be an hour such as 2026-11-22T10'),
  attempt: z.int().min(1),
  contents: z
    .array(z.object({ id: z.string().min(1), uri: z.string().min(1), created: time, expires: time }))
    .min(1)
    .max(100),
});

/**
 * Reads a queue message as the worker hands it over: parsed if its text was JSON, else the text itself.
 * @returns the batch; the version of a message that only a later version of this app reads; or what is wrong with the
 * message in one sentence
 */
export function parseBatch(message: unknown): { batch: Batch } | { later: number } | { wrong: string } {
  if (typeof message === 'string') return { wrong: 'The message is not JSON.' };
  const parsed = schema.safeParse(message);
  if (parsed.success) return { batch: parsed.data };
  const later = laterShape.safeParse(message);
  if (later.success) return { later: later.data.v };
  const issue = parsed.error.issues[0];
  return { wrong: `The message is malformed at "${issue?.path.join('.') ?? ''}": ${issue?.message ?? 'unknown'}.` };
}

/** A batch as text for the queue. */
export const printBatch = (batch: Batch): string =>
  JSON.stringify({
    v: version,
    tenantId: batch.tenantId,
    contentType: batch.contentType,
    hour: batch.hour,
    attempt: batch.attempt,
    contents: batch.contents.map(printContent),
  });

const printContent = (content: ListedContent) => ({
  id: content.id,
  uri: content.uri,
  created: new Date(content.created).toISOString(),
  expires: new Date(content.expires).toISOString(),
});

/** Cuts contents into lists that fit one message each, by number and by size. */
export function splitForMessages(contents: readonly ListedContent[], batchSize: number): ListedContent[][] {
  const envelopeBytes = 300;
  const lists: ListedContent[][] = [];
  let bytes = 0;
  for (const content of contents) {
    const size = Buffer.byteLength(JSON.stringify(printContent(content))) + 1;
    const current = lists.at(-1);
    if (current === undefined || current.length >= batchSize || bytes + size > largestMessageBytes - envelopeBytes) {
      lists.push([content]);
      bytes = size;
    } else {
      current.push(content);
      bytes += size;
    }
  }
  return lists;
}
