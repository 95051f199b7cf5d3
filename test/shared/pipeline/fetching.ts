import { createDeliverer, type DelivererOptions } from '../../../shared/delivery/deliverer.ts';
import type { Destination } from '../../../shared/delivery/destination.ts';
import { type FetchedContent, fetchContent } from '../../../shared/pipeline/fetch-content.ts';
import type { Repeats } from '../../../shared/repeats/repeats.ts';
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts';
import { activeTenant, tenantId } from '../../support/test-pipeline.ts';
import { feed, finish, hour } from './forwarding.ts';

/** A content to be fetched in one attempt. */
export interface Attempt {
  readonly id: string;
  readonly records: readonly unknown[];
  readonly owed: readonly string[];
  readonly had?: readonly string[];
  /** What the body breaks with after its records. */
  readonly breaks?: Error;
}

async function* chunksOf({ records, breaks }: Attempt, chunkBytes: number): AsyncGenerator<Uint8Array> {
  const body = Buffer.from(JSON.stringify(records));
  for (let at = 0; at < body.length; at += chunkBytes) yield await Promise.resolve(body.subarray(at, at + chunkBytes));
  if (breaks) throw breaks;
}

export interface BatchOfAttempts {
  readonly repeats: Repeats;
  readonly clock: ManualClock;
  readonly destinations: readonly Destination[];
  readonly contents: readonly Attempt[];
  readonly deliverer?: Partial<DelivererOptions>;
  readonly chunkBytes?: number;
  readonly signal?: AbortSignal;
}

/** Fetches contents side by side as one batch does. @returns what became of each, or what it failed with */
export async function fetchBatch(batch: BatchOfAttempts): Promise<Map<string, FetchedContent | Error>> {
  const { clock, destinations, signal = new AbortController().signal } = batch;
  using repeats = batch.repeats.begin(feed, signal);
  const deliverer = createDeliverer({
    destinations,
    tenantId,
    customerName: 'Example Customer',
    contentType: 'Audit.Exchange',
    hour,
    clock,
    random: { fraction: () => 0.5, token: () => 'token' },
    signal,
    contentIds: batch.contents.map(({ id }) => id),
    retryPausesMs: [],
    onTaken: (destination, records) => repeats.taken(destination, records),
    ...batch.deliverer,
  });
  const fetchOne = async (attempt: Attempt): Promise<[string, FetchedContent | Error]> => {
    const { id, owed, had = [] } = attempt;
    const content = { id, uri: '', created: 0, expires: 0 };
    const open = () => Promise.resolve(chunksOf(attempt, batch.chunkBytes ?? 65_536));
    try {
      return [id, await fetchContent({ tenant: activeTenant(), content, open, owed, had, deliverer, repeats })];
    } catch (error) {
      return [id, error as Error];
    }
  };
  const outcomes = await Promise.all(batch.contents.map(fetchOne));
  await deliverer.drained();
  return new Map(outcomes);
}

/** The same, moving the clock on whenever everybody sleeps. */
export const fetchAll = (
  batch: Omit<BatchOfAttempts, 'clock'> & { clock?: ManualClock },
): Promise<Map<string, FetchedContent | Error>> => {
  const { clock = createManualClock() } = batch;
  return finish(clock, fetchBatch({ ...batch, clock }));
};
