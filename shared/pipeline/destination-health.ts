import type { DestinationError } from '../delivery/destination-error.ts';
import type { DestinationMark } from '../state/destination-marks.ts';
import type { Stored } from '../state/stored.ts';
import { RowConflict } from '../state/table.ts';
import { ledgerText } from './fate.ts';
import type { Pipeline } from './pipeline.ts';

const leastSpanMs = 5_000;
const mostSpanMs = 60_000;

/** A destination that asks for a longer pause than this has its clock or its units wrong. */
const longestRetryAfterMs = 60 * 60_000;

/** How long a probe has to come to its end before another may be sent. */
const probeMs = 60_000;

/** Close sends a probe when the mark ran out this long ago and nobody took it up ... */
const unclaimedMs = 30_000;

/** ... and then not again for this long: its message may have to queue. */
const probeSentMs = 2 * 60_000;

/** A destination that took something so lately is not what is wrong when it refuses something else. */
const recentMs = 60_000;

/** How old what all know of its last record may grow while it takes more; half of what counts as lately. */
const sharedMs = recentMs / 2;

/**
 * What all workers together know of the destinations, as it was when it was read, and what this batch has seen since. A
 * destination that failed is *down* until a request to it succeeds, however long ago its mark ran out: when the mark has
 * run out, the one who moves it on by etag may send a probe, everybody else leaves it alone. One object serves one batch.
 */
export interface DestinationHealth {
  readonly isDown: (destination: string) => boolean;
  /** The mark of a destination that is down: why, since when, until when. */
  downMark(destination: string): DestinationMark | undefined;
  /** Whether any destination that these are owed to is up, or none of them is configured (so that none can be). */
  readonly someUp: (owed: readonly string[]) => boolean;
  /** Reads again what all know, if any was down when it was read. @throws StorageError */
  readAgain(): Promise<void>;
  /** When it last took a record, as far as anyone knows. */
  readonly lastTaken: (destination: string) => number | undefined;

  /** Whether there is no use in fetching for it: it is down, its mark has not run out, and it is not ours to probe. */
  readonly isOut: (destination: string) => boolean;
  /**
   * For workers, before each request: whether it may be sent. If the destination is down and its mark has run out, whoever
   * asks first moves it on and probes. Not before there is something to send: a batch that cannot be fetched would
   * keep the destination down for everybody. @throws StorageError
   */
  readonly mayAsk: (destination: string) => Promise<boolean>;
  /** Whether this batch probes the destination, and has not heard of it yet. */
  readonly isProbe: (destination: string) => boolean;
  /** Notes, for this process, that it took a record. */
  noteTaken(destination: string): void;
  /**
   * Writes down that it came up, if this batch's records are what proved it; and of one that ever failed, now and then,
   * that it still takes records: another process must not think that it refuses all. @throws StorageError
   */
  settleTaken(): Promise<void>;
  /**
   * Writes down that it dropped out of this batch.
   * @returns when it may be asked again, if that is for us to do; nobody else does @throws StorageError
   */
  failed(destination: string, error: DestinationError): Promise<number | undefined>;

  /** For Close: whether nobody took up a mark that has run out, so that waiting batches should be sent to probe. */
  readonly isUnclaimed: (destination: string) => boolean;
  /** For Close: whether it is the one to send them; the worker that receives one probes. @throws StorageError */
  claimSending(destination: string): Promise<boolean>;
  /** Destinations that came up again while others waited for them. */
  cameUp(): readonly string[];
  /** What waited for it is queued. @throws StorageError */
  settleCameUp(destination: string): Promise<void>;
}

type HealthDeps = Pick<Pipeline, 'destinationMarks' | 'destinations' | 'clock' | 'log'>;

/** @throws StorageError */
export const readDestinationHealth = async (pipeline: HealthDeps): Promise<DestinationHealth> =>
  createHealth(pipeline, await pipeline.destinationMarks.all());

/** The same, as it was at most 5 s ago: a claim that comes too late is refused all the same. @throws StorageError */
export const recentDestinationHealth = async (pipeline: HealthDeps): Promise<DestinationHealth> =>
  createHealth(pipeline, await pipeline.destinationMarks.recent());

function createHealth(
  { destinationMarks, destinations, clock, log }: HealthDeps,
  known: ReadonlyMap<string, Stored<DestinationMark>>,
): DestinationHealth {
  const marks = new Map(known);
  const claimed = new Set<string>();
  // When this batch last saw it take something.
  const took = new Map<string, number>();

  const markOf = (destination: string): DestinationMark | undefined => marks.get(destination)?.value;
  const downMark = (destination: string): DestinationMark | undefined => {
    const mark = markOf(destination);
    return mark?.standing === 'down' && !took.has(destination) ? mark : undefined;
  };
  const isDown = (destination: string): boolean => downMark(destination) !== undefined;

  /** Moves a mark on from what we know of it. @returns whether nobody came first; if so, what they wrote is read */
  async function move(
    destination: string,
    to: (before: Stored<DestinationMark> | undefined) => DestinationMark | undefined,
  ): Promise<boolean> {
    const before = marks.get(destination);
    const mark = to(before);
    if (mark === undefined) return false;
    try {
      marks.set(destination, await destinationMarks.write(destination, mark, before?.etag));
      return true;
    } catch (error) {
      if (!(error instanceof RowConflict)) throw error;
      const fresh = (await destinationMarks.all()).get(destination);
      if (fresh) marks.set(destination, fresh);
      else marks.delete(destination);
      return false;
    }
  }

  const lastTaken = (destination: string): number | undefined => {
    const known = Math.max(destinationMarks.lastTaken.get(destination) ?? 0, markOf(destination)?.takenAt ?? 0);
    return known === 0 ? undefined : known;
  };

  /** Whether it took a record lately, out of the hands of any process. */
  async function tookLately(destination: string, now: number): Promise<boolean> {
    if (now - (lastTaken(destination) ?? 0) < recentMs) return true;
    const fresh = (await destinationMarks.all()).get(destination);
    if (fresh === undefined || now - (fresh.value.takenAt ?? 0) >= recentMs) return false;
    marks.set(destination, fresh);
    return true;
  }

  const isProbe = (destination: string): boolean => claimed.has(destination) && !took.has(destination);

  /** A mark that another moved on meanwhile is overruled: a request has succeeded. */
  async function lift(destination: string, takenAt: number): Promise<boolean> {
    const up = (before: Stored<DestinationMark> | undefined): DestinationMark | undefined =>
      before?.value.standing === 'down' ? { ...before.value, standing: 'came-up', takenAt } : undefined;
    return (await move(destination, up)) || (await move(destination, up));
  }

  /** Whoever wrote meanwhile knows better: it may be down by now. */
  const share = (destination: string, takenAt: number): Promise<boolean> =>
    move(destination, (before) =>
      before && before.value.standing !== 'down' && takenAt - (before.value.takenAt ?? 0) >= sharedMs
        ? { ...before.value, takenAt }
        : undefined,
    );

  const isUnclaimed = (destination: string): boolean => {
    const mark = markOf(destination);
    const now = clock.now();
    return mark?.standing === 'down' && mark.until <= now - unclaimedMs && (mark.probeSentAt ?? 0) <= now - probeSentMs;
  };

  return {
    isDown,
    downMark,
    lastTaken,
    someUp(owed) {
      const configured = owed.filter((name) => destinations.some((one) => one.name === name));
      return configured.length === 0 || configured.some((name) => !isDown(name));
    },

    async readAgain() {
      if (!destinations.some(({ name }) => isDown(name))) return;
      for (const [name, mark] of await destinationMarks.all()) marks.set(name, mark);
    },

    isOut: (destination) => (downMark(destination)?.until ?? 0) > clock.now() && !isProbe(destination),
    async mayAsk(destination) {
      if (!isDown(destination) || isProbe(destination)) return true;
      const now = clock.now();
      const moved = await move(destination, (before) =>
        before?.value.standing === 'down' && before.value.until <= now
          ? { ...before.value, until: now + probeMs }
          : undefined,
      );
      if (moved) claimed.add(destination);
      // Who came first may have found it up by now.
      return !isDown(destination) || isProbe(destination);
    },
    isProbe,
    noteTaken(destination) {
      const now = clock.now();
      destinationMarks.lastTaken.set(destination, now);
      took.set(destination, now);
    },
    async settleTaken() {
      if (took.size === 0) return;
      const fresh = await destinationMarks.recent();
      for (const [destination, takenAt] of took) {
        // It may have been put down after this batch had begun, and before it delivered.
        const known = fresh.get(destination);
        if (known) marks.set(destination, known);
        const mark = markOf(destination);
        const isLifted = mark?.standing === 'down' && (claimed.has(destination) || mark.since <= takenAt);
        const moved = isLifted ? await lift(destination, takenAt) : await share(destination, takenAt);
        if (isLifted && moved) log.info('destination-works-again', { destination });
      }
    },
    async failed(destination, error) {
      const now = clock.now();
      if (error.kind === 'refused' && (await tookLately(destination, now))) return undefined;
      took.delete(destination);
      const wasUp = !isDown(destination);
      const moved = await move(destination, (before) => {
        if (before && !wasUp && !claimed.has(destination)) return undefined;
        const times = wasUp ? 1 : (before?.value.times ?? 0) + 1;
        const span = Math.min(mostSpanMs, leastSpanMs * 2 ** Math.min(times - 1, 10));
        const pause = Math.max(span, Math.min(error.retryAfterMs ?? 0, longestRetryAfterMs));
        return {
          standing: 'down',
          until: now + pause,
          since: wasUp ? now : (before?.value.since ?? now),
          times,
          reason: ledgerText(error.message),
          takenAt: lastTaken(destination),
          probeSentAt: undefined,
        };
      });
      claimed.delete(destination);
      if (moved && wasUp) log.error('destination-failing', { destination, error: error.message });
      return moved ? markOf(destination)?.until : undefined;
    },

    isUnclaimed,
    claimSending: (destination) =>
      move(destination, (before) =>
        before && isUnclaimed(destination) ? { ...before.value, probeSentAt: clock.now() } : undefined,
      ),
    cameUp: () => [...marks].filter(([, { value }]) => value.standing === 'came-up').map(([name]) => name),
    async settleCameUp(destination) {
      await move(destination, (before) =>
        before?.value.standing === 'came-up' ? { ...before.value, standing: 'up' } : undefined,
      );
    },
  };
}
