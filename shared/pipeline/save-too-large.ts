import type { LedgerContent } from '../state/ledger-row.ts';
import type { Forwarding } from './batch-work.ts';
import type { FetchedContent } from './fetch-content.ts';
import { openBody, saveRecord } from './saving.ts';

/**
 * Copies the records that were too large to be offered, each out of a body begun anew: memory does not grow with them.
 * Those that have a row were copied before.
 * @throws ActivityApiError, EntraError, StorageError
 */
export async function saveTooLarge(
  work: Forwarding,
  content: LedgerContent,
  { tooLarge }: FetchedContent,
  signal: AbortSignal,
): Promise<void> {
  const known = new Set(work.recordRows.get(content.id)?.map(({ ordinal }) => ordinal));
  for (const { ordinal, offset, length } of tooLarge) {
    if (known.has(ordinal)) continue;
    const body = await openBody(work, content, signal);
    await saveRecord(work, content.id, ordinal, bytesOf(body, offset, length));
  }
}

/** A span of a body. */
async function* bytesOf(body: AsyncIterable<Uint8Array>, offset: number, length: number): AsyncGenerator<Uint8Array> {
  const end = offset + length;
  let at = 0;
  for await (const chunk of body) {
    const part = chunk.subarray(Math.max(0, offset - at), Math.max(0, end - at));
    at += chunk.length;
    if (part.length > 0) yield part;
    if (at >= end) return;
  }
}
