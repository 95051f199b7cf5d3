import type { DestinationError } from './destination-error.ts';

/** A record that a destination will not have. */
export interface RefusedRecord {
  /** Position in its content, from 0. */
  readonly ordinal: number;
  readonly recordId: string | null;
  /** What the destination says about it. */
  readonly answer: string;
  /** When it was first refused. */
  readonly firstRefusedAt: number;
}

/** What became of the records of one content at one destination. */
export interface DestinationOutcome {
  readonly delivered: number;
  /** Refused for good: the destination took something else in between. To be parked. */
  readonly refused: readonly RefusedRecord[];
  /** Refused, but the destination has taken nothing else since: it may be what is wrong. `failed` is set then. */
  readonly suspected: readonly RefusedRecord[];
  /** Why records of this content are still owed; `undefined` if the destination has had its word for each. */
  readonly failed: DestinationError | undefined;
}

export interface ContentOutcome {
  /** By name of the destination; those that its records were offered to, or that `finish` named. */
  readonly byDestination: ReadonlyMap<string, DestinationOutcome>;
}

/** Counts the words for the records of one content. */
export interface ContentAccount {
  offered(destination: string, count: number): void;
  taken(destination: string): void;
  refused(destination: string, record: RefusedRecord): void;
  suspected(destination: string, record: RefusedRecord): void;
  /**
   * @param failureOf why a destination owes its word for more, or for what it refused so far; `undefined` if it may still give it
   * @returns `undefined` while a destination that has not failed owes a word
   */
  outcome(
    failureOf: (destination: string, suspected: readonly RefusedRecord[]) => DestinationError | undefined,
  ): ContentOutcome | undefined;
}

interface Tally {
  unanswered: number;
  delivered: number;
  readonly refused: RefusedRecord[];
  readonly suspected: RefusedRecord[];
}

export function createContentAccount(): ContentAccount {
  const tallies = new Map<string, Tally>();
  const answered = (destination: string): Tally | undefined => {
    const tally = tallies.get(destination);
    if (tally) tally.unanswered -= 1;
    return tally;
  };
  return {
    offered(destination, count) {
      const tally = tallies.get(destination);
      if (tally) tally.unanswered += count;
      else tallies.set(destination, { unanswered: count, delivered: 0, refused: [], suspected: [] });
    },
    taken(destination) {
      const tally = answered(destination);
      if (tally) tally.delivered += 1;
    },
    refused: (destination, record) => answered(destination)?.refused.push(record),
    suspected: (destination, record) => answered(destination)?.suspected.push(record),
    outcome(failureOf) {
      const byDestination = new Map<string, DestinationOutcome>();
      for (const [destination, { unanswered, delivered, refused, suspected }] of tallies) {
        const isOwed = unanswered > 0 || suspected.length > 0;
        const failed = isOwed ? failureOf(destination, suspected) : undefined;
        if (unanswered > 0 && !failed) return undefined;
        byDestination.set(destination, { delivered, refused, suspected, failed });
      }
      return { byDestination };
    },
  };
}
