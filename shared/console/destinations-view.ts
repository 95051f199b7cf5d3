import { forEachLimited } from '../for-each-limited.ts';
import { readDestinationHealth } from '../pipeline/destination-health.ts';
import { downInWords } from '../pipeline/destination-words.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import { isSettled } from '../state/ledger-row.ts';

/** One destination as its page shows it. Times are milliseconds since the epoch. */
export interface DestinationView {
  readonly name: string;
  readonly type: string;
  /** What is wrong, since when, and when it is asked again; `undefined` if it works. */
  readonly trouble: string | undefined;
  /** When it last took a record: known of one that ever failed, or that this process has delivered to. */
  readonly lastTaken: number | undefined;
  /** Contents that it has not got yet, in the hours that were read. */
  readonly backlog: number;
}

/** What the page of destinations shows. */
export interface DestinationsView {
  readonly destinations: readonly DestinationView[];
  /** What is wrong with our own credential. */
  readonly credential: string | undefined;
  /** How many hours have something open, and how many of them were read for the backlog. */
  readonly hours: { readonly open: number; readonly read: number };
}

/** An hour is one read; the page must come within seconds. */
const mostHours = 1000;
const hoursAtOnce = 16;

/** @throws StorageError */
export async function viewDestinations(pipeline: Pipeline): Promise<DestinationsView> {
  const now = pipeline.clock.now();
  const [credential, health, { backlog, hours }] = await Promise.all([
    pipeline.marks.get('credential', 'entra'),
    readDestinationHealth(pipeline),
    readBacklog(pipeline),
  ]);
  return {
    credential: credential !== undefined && credential.until > now ? (credential.reason ?? 'It fails.') : undefined,
    destinations: pipeline.destinations.map(({ name, type }) => {
      const mark = health.downMark(name);
      const trouble = mark && downInWords(mark, now);
      return { name, type, trouble, lastTaken: health.lastTaken(name), backlog: backlog.get(name) ?? 0 };
    }),
    hours,
  };
}

/** Contents that are not settled, by the destinations that they owe, from the oldest hours in which anything is open. */
async function readBacklog({ openHours, ledger }: Pick<Pipeline, 'openHours' | 'ledger'>) {
  const open = (await openHours.all()).toSorted((a, b) => (a.hour < b.hour ? -1 : 1));
  const read = open.slice(0, mostHours);
  const backlog = new Map<string, number>();
  await forEachLimited(read, hoursAtOnce, async ({ feed, hour }) => {
    for (const { value } of (await ledger.hour(feed, hour)).contents) {
      if (isSettled(value.state)) continue;
      for (const name of value.owed) backlog.set(name, (backlog.get(name) ?? 0) + 1);
    }
  });
  return { backlog, hours: { open: open.length, read: read.length } };
}
