import type { RefusedRecord } from './content-account.ts';
import type { OfferedRecord } from './filling-request.ts';

/** A record that a destination refused, and what is held against it. */
export interface Refusal extends RefusedRecord {
  readonly record: OfferedRecord;
}

/** What was known of a destination when a request went out. */
export interface Knowledge {
  /** Answers of this batch that took records. */
  readonly takes: number;
  /** When it last took a record, by anyone. */
  readonly lastTaken: number | undefined;
}

export interface SuspectsOptions {
  readonly now: () => number;
  /** When an earlier attempt saw the record refused for the first time. */
  readonly firstRefusal: (record: OfferedRecord) => number | undefined;
  /** When the destination last took a record, by anyone. */
  readonly lastTaken: () => number | undefined;
  /** Whether somebody still asks for what becomes of the record. */
  readonly isWanted: (record: OfferedRecord) => boolean;
}

/**
 * Records that one destination refused in this batch, until it is clear whose fault it is. A refusal counts for good
 * when the destination had taken another record between it and the first one: a destination that refuses everything is
 * what is wrong itself, and nothing must be parked for it.
 */
export interface Suspects {
  knowledge(): Knowledge;
  /** The destination took records. Those that it refused in the same answer may be sent again. */
  tookSome(): void;
  /** A suspect was taken after all. */
  forget(record: OfferedRecord): void;
  /**
   * A record was refused, by a request that was sent when that was known.
   * @returns the refusal if it is for good; otherwise the record is a suspect from now on
   */
  refused(record: OfferedRecord, answer: string, before: Knowledge): Refusal | undefined;
  /** Suspects whose next refusal would be for good: to be sent again. Each is named once. */
  takeDue(): OfferedRecord[];
  /** How many suspects there are that are not being sent again. */
  count(): number;
  some(test: (record: OfferedRecord) => boolean): boolean;
  /** All suspects, which are none from now on. */
  takeAll(): Refusal[];
}

interface Suspect {
  readonly refusal: Refusal;
  /** What `takes` was when it was refused. */
  readonly takes: number;
  isSentAgain: boolean;
}

export function createSuspects({ now, firstRefusal, lastTaken, isWanted }: SuspectsOptions): Suspects {
  const suspects = new Map<OfferedRecord, Suspect>();
  let takes = 0;
  const knowledge = (): Knowledge => ({ takes, lastTaken: lastTaken() });
  const isForGood = (record: OfferedRecord, known: Knowledge): boolean => {
    const suspect = suspects.get(record);
    const first = suspect?.refusal.firstRefusedAt ?? firstRefusal(record);
    if (first === undefined) return false;
    return known.takes > (suspect?.takes ?? 0) || (known.lastTaken ?? -Infinity) > first;
  };
  return {
    knowledge,
    tookSome() {
      takes += 1;
    },
    forget: (record) => suspects.delete(record),
    refused(record, answer, before) {
      const { ordinal, recordId } = record;
      const firstRefusedAt = suspects.get(record)?.refusal.firstRefusedAt ?? firstRefusal(record) ?? now();
      const refusal = { record, ordinal, recordId, answer, firstRefusedAt };
      if (!isForGood(record, before)) {
        suspects.set(record, { refusal, takes, isSentAgain: false });
        return undefined;
      }
      suspects.delete(record);
      return refusal;
    },
    takeDue() {
      const known = knowledge();
      const due: OfferedRecord[] = [];
      for (const [record, suspect] of suspects) {
        if (suspect.isSentAgain || !isForGood(record, known)) continue;
        suspect.isSentAgain = true;
        if (isWanted(record)) due.push(record);
      }
      return due;
    },
    count: () => [...suspects.values()].filter(({ isSentAgain }) => !isSentAgain).length,
    some: (test) => [...suspects.keys()].some(test),
    takeAll() {
      const all = [...suspects.values()].map(({ refusal }) => refusal);
      suspects.clear();
      return all;
    },
  };
}
