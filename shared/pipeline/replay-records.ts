import type { DestinationOutcome, RefusedRecord } from '../delivery/content-account.ts';
import type { DestinationError } from '../delivery/destination-error.ts';
import type { CutRecord } from '../records/cut-record.ts';
import { cutRecords } from '../records/record-stream.ts';
import type { ParkedRecord } from '../state/ledger-row.ts';
import { createBatchDeliverer } from './batch-deliverer.ts';
import type { Forwarding } from './batch-work.ts';
import { ledgerText } from './fate.ts';
import { missingAt, type Replayed } from './record-rows.ts';
import { savedPlace } from './saving.ts';

/** A replay that was sent. */
export interface SentReplay extends Replayed {
  /** Destinations that dropped out. */
  readonly dropped: ReadonlyMap<string, DestinationError>;
}

interface Replay {
  readonly row: ParkedRecord;
  readonly targets: readonly string[];
  /** Those of them that have it from another content. */
  readonly repeatedAt: ReadonlySet<string>;
}

/**
 * Sends the records of one content that a person replayed, each as it was saved, however large, to the destinations that
 * miss it. They have a deliverer of their own: a record's word must not be mistaken for its content's.
 * @throws StorageError, and the signal's reason
 */
export async function replayRecords(
  work: Forwarding,
  contentId: string,
  { signal, isReachable }: { readonly signal: AbortSignal; readonly isReachable: (destination: string) => boolean },
): Promise<SentReplay> {
  const { pipeline, batch } = work;
  const configured = new Set(pipeline.destinations.map(({ name }) => name));
  const known = work.rows.records(contentId);
  const queued = known
    .filter(({ state }) => state === 'queued')
    .map((row) => ({ row, targets: missingAt(row, known, configured) }))
    .filter(({ targets }) => targets.length === 0 || targets.some(isReachable));
  if (queued.length === 0) return { changed: [], repeated: new Set(), dropped: new Map() };

  using repeats = pipeline.repeats.begin(batch, signal);
  const deliverer = createBatchDeliverer(work, { contentIds: [contentId], repeats, signal, isAgain: true });
  const changed: ParkedRecord[] = [];
  const sent: Replay[] = [];
  try {
    for (const { row, targets } of queued) {
      const record = await readRecord(work, contentId, row.ordinal);
      if (record === undefined || targets.length === 0) {
        const gone =
          record === undefined ? 'What was saved of it is gone.' : 'Its destination is no longer configured.';
        changed.push({ ...row, state: 'parked', reason: ledgerText(`${gone} ${row.reason}`) });
        continue;
      }
      const repeatedAt = new Set<string>();
      for (const name of targets.filter(isReachable)) {
        const sorted = await repeats.sort(name, contentId, [record]);
        if (sorted.repeats.length > 0) repeatedAt.add(name);
        await deliverer.offer(contentId, sorted.fresh, [name]);
      }
      sent.push({ row, targets, repeatedAt });
    }
    const { byDestination } = await deliverer.finish(contentId);
    const { missed } = await repeats.end(contentId);
    for (const replay of sent) changed.push(...rowsAfterSending(replay, { byDestination, missed, isReachable }));
  } finally {
    // As long as a request is in flight, its records are claimed: another batch would send them too.
    await deliverer.drained();
  }
  const repeated = sent.filter(({ targets, repeatedAt }) => targets.every((name) => repeatedAt.has(name)));
  return { changed, repeated: new Set(repeated.map(({ row }) => row.ordinal)), dropped: deliverer.dropped() };
}

/** A record's rows as its destinations' words make them. One that only some have taken is not sent to these again. */
function rowsAfterSending(
  { row, targets }: Replay,
  {
    byDestination,
    missed,
    isReachable,
  }: {
    readonly byDestination: ReadonlyMap<string, DestinationOutcome>;
    readonly missed: ReadonlyMap<string, readonly number[]>;
    readonly isReachable: (destination: string) => boolean;
  },
): ParkedRecord[] {
  const { ordinal } = row;
  const refusalOf = (name: string): RefusedRecord | undefined =>
    byDestination.get(name)?.refused.find((one) => one.ordinal === ordinal);
  const isOwed = (name: string): boolean =>
    !isReachable(name) ||
    missed.get(name)?.includes(ordinal) === true ||
    (byDestination.get(name)?.failed !== undefined && refusalOf(name) === undefined);
  const took = targets.filter((name) => !isOwed(name) && refusalOf(name) === undefined);
  if (took.length === targets.length) return [{ ...row, state: 'delivered' }];
  const there = took.map((destination): ParkedRecord => ({ ...row, destination, state: 'delivered' }));
  const refusal = targets.map(refusalOf).find((one) => one !== undefined);
  if (refusal === undefined || targets.some(isOwed)) return there;
  return [...there, { ...row, state: 'parked', reason: ledgerText(refusal.answer) }];
}

/** A saved record, on one line, whatever its size. */
async function readRecord(work: Forwarding, contentId: string, ordinal: number): Promise<CutRecord | undefined> {
  const body = await work.pipeline.saved.openRecord(savedPlace(work, contentId), ordinal);
  if (body === undefined) return undefined;
  const [records] = await Array.fromAsync(cutRecords(asArray(body), { maxRecordBytes: Infinity }));
  return records?.[0] && { ...records[0], ordinal };
}

async function* asArray(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield Buffer.from('[');
  yield* body;
  yield Buffer.from(']');
}
