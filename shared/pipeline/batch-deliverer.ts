import { createDeliverer, type Deliverer, type DelivererOptions } from '../delivery/deliverer.ts';
import type { BatchRepeats } from '../repeats/repeats.ts';
import type { ParkedRecord } from '../state/ledger-row.ts';
import type { Forwarding } from './batch-work.ts';
import { recordRowName } from './record-rows.ts';
import { saveRecord } from './saving.ts';

/**
 * Deliverers of one batch: they tell `repeats` and the shared knowledge of destinations what was taken, and keep the bytes
 * of what was refused before its row is written.
 * @param isAgain for records that a person replayed: those that are parked are sent all the same
 */
export function createBatchDeliverer(
  work: Forwarding,
  how: {
    readonly contentIds: readonly string[];
    readonly repeats: BatchRepeats;
    readonly signal: AbortSignal;
    readonly isAgain?: boolean;
  },
): Deliverer {
  const { pipeline, batch, tenant, health, uses, recordRows } = work;
  const { contentIds, repeats, signal, isAgain = false } = how;
  return createDeliverer({
    destinations: pipeline.destinations,
    tenantId: batch.tenantId,
    customerName: tenant.name,
    contentType: batch.contentType,
    hour: batch.hour,
    clock: pipeline.clock,
    random: pipeline.random,
    signal,
    contentIds,
    async onTaken(destination, records) {
      health.noteTaken(destination);
      await repeats.taken(destination, records);
    },
    async onRefused(_destination, records) {
      for (const { contentId, ordinal, bytes } of records) {
        await saveRecord(work, contentId, ordinal, oneChunk(bytes));
      }
    },
    onAnswered: uses.note,
    lastTaken: health.lastTaken,
    mayAsk: health.mayAsk,
    isProbe: health.isProbe,
    ...earlierRefusals(recordRows, isAgain),
  });
}

/** Asked for every record, hence left out where there is nothing to tell. */
function earlierRefusals(
  recordRows: Forwarding['recordRows'],
  isAgain: boolean,
): Pick<DelivererOptions, 'firstRefusal' | 'isParked'> {
  if (recordRows.size === 0) return {};
  const rows = new Map(
    [...recordRows].map(([contentId, records]) => [
      contentId,
      new Map(records.map((record) => [recordRowName(record), record])),
    ]),
  );
  const rowOf = (destination: string | undefined, contentId: string, ordinal: number): ParkedRecord | undefined =>
    rows.get(contentId)?.get(recordRowName({ ordinal, destination }));
  return {
    firstRefusal: (destination, contentId, ordinal) => rowOf(destination, contentId, ordinal)?.firstSeen,
    isParked(destination, contentId, ordinal) {
      const state = rowOf(destination, contentId, ordinal)?.state;
      return !isAgain && (state === 'parked' || state === 'queued');
    },
  };
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}
