import type { Destination } from './destination.ts';
import type { OfferedRecord, RequestLimits } from './filling-request.ts';

/** How long a process remembers what was too large, milliseconds: limits are mended, too. */
const rememberedMs = 10 * 60_000;

// By the destination itself, of which a process has one for all its batches.
const learnt = new WeakMap<Destination, { readonly maxBytes: number; readonly until: number }>();

/** The most bytes that a request to this destination may have, as far as its 413 answers told. */
export function learntRequestBytes(destination: Destination, now: number): number {
  const known = learnt.get(destination);
  return known !== undefined && known.until > now ? known.maxBytes : Infinity;
}

/** Remembers how large requests may be, for the other batches of this process and the next ones. */
export function learnRequestBytes(destination: Destination, maxBytes: number, now: number): void {
  learnt.set(destination, { maxBytes, until: now + rememberedMs });
}

/** What the records take of a request, bytes. */
export const requestBytes = (records: readonly OfferedRecord[]): number =>
  records.reduce((sum, { lineLength }) => sum + lineLength, 0);

/** How many of the records, from the first on, fit into a request; a record that is too long goes alone. */
export function countThatFits(records: readonly OfferedRecord[], { maxBytes, maxRecords }: RequestLimits): number {
  let bytes = 0;
  const tooMany = records.findIndex(({ lineLength }, index) => index >= maxRecords || (bytes += lineLength) > maxBytes);
  return tooMany < 0 ? records.length : Math.max(1, tooMany);
}
