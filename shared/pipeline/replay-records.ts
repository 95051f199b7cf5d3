import type { DestinationError } from '../delivery/destination-error.ts';
import type { CutRecord } from '../records/cut-record.ts';
import { cutRecords } from '../records/record-stream.ts';
import type { ParkedRecord } from '../state/ledger-row.ts';
import { createBatchDeliverer } from './batch-deliverer.ts';
import type { Forwarding } from './batch-work.ts';
import { ledgerText } from './fate.ts';
import { savedPlace } from './saving.ts';

/** What became of the records of one content that a person replayed. */
export interface Replayed {
  /** Their rows, as far as they changed. */
  readonly changed: readonly ParkedRecord[];
  /** Destinations that dropped out. */
  readonly dropped: ReadonlyMap<string, DestinationError>;
}

interface Replay {
  readonly row: ParkedRecord;
  readonly targets: readonly string[];
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
): Promise<Replayed> {
  const { pipeline, batch } = work;
  const configured = pipeline.destinations.map(({ name }) => name);
  const queued = work.rows.records(contentId).filter(({ state }) => state === 'queued');
  const targetsOf = ({ destination }: ParkedRecord): string[] =>
    configured.filter((name) => destination === undefined || destination === name);
  const isReady = (row: ParkedRecord): boolean => targetsOf(row).length === 0 || targetsOf(row).some(isReachable);
  if (!queued.some(isReady)) return { changed: [], dropped: new Map() };

  using repeats = pipeline.repeats.begin(batch, signal);
  const deliverer = createBatchDeliverer(work, { contentIds: [contentId], repeats, signal, isAgain: true });
  const changed: ParkedRecord[] = [];
  const sent: Replay[] = [];
  for (const row of queued.filter(isReady)) {
    const targets = targetsOf(row);
    const record = await readRecord(work, contentId, row.ordinal);
    if (record === undefined || targets.length === 0) {
      const gone = record === undefined ? 'What was saved of it is gone.' : 'Its destination is no longer configured.';
      changed.push({ ...row, state: 'parked', reason: ledgerText(`${gone} ${row.reason}`) });
      continue;
    }
    for (const name of targets.filter(isReachable)) {
      const { fresh } = await repeats.sort(name, contentId, [record]);
      await deliverer.offer(contentId, fresh, [name]);
    }
    sent.push({ row, targets });
  }
  const { byDestination } = await deliverer.finish(contentId);
  const { missed } = await repeats.end(contentId);
  await deliverer.drained();

  for (const { row, targets } of sent) {
    const { ordinal } = row;
    const refusals = targets.map((name) => byDestination.get(name)?.refused.find((one) => one.ordinal === ordinal));
    const isOwed = (name: string, index: number): boolean =>
      !isReachable(name) ||
      missed.get(name)?.includes(ordinal) === true ||
      (byDestination.get(name)?.failed !== undefined && refusals[index] === undefined);
    if (targets.some(isOwed)) continue;
    const refusal = refusals.find((one) => one !== undefined);
    changed.push(
      refusal ? { ...row, state: 'parked', reason: ledgerText(refusal.answer) } : { ...row, state: 'delivered' },
    );
  }
  return { changed, dropped: deliverer.dropped() };
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
