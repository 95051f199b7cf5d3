import type { RefusedRecord } from './content-account.ts';
import type { OfferedRecord } from './filling-request.ts';

/** A record that a destination refused, and what is held against it. */
export interface Refusal extends RefusedRecord {
  readonly record: OfferedRecord;
}

/** A moment, and what was known of a destination then. */
export interface Knowledge {
  readonly at: number;
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
   * A record was refused.
   * @param before when the request was sent
   * @param company when the record was refused together with the neighbours in its half, if it was
   * @returns the refusal if it is for good; otherwise the record is a suspect from now on
   */
  refused(
    record: OfferedRecord,
    answer: string,
    before: Knowledge,
    company: Knowledge | undefined,
  ): Refusal | undefined;
  /** Suspects whose next refusal would be for good: to be sent again. Each is named once. */
  takeDue(): OfferedRecord[];
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
  const knowledge = (): Knowledge => ({ at: now(), takes, lastTaken: lastTaken() });
  const firstOf = (record: OfferedRecord, company?: Knowledge): Pick<Knowledge, 'at' | 'takes'> | undefined => {
    const suspect = suspects.get(record);
    if (suspect) return { at: suspect.refusal.firstRefusedAt, takes: suspect.takes };
    const at = firstRefusal(record);
    return at === undefined ? company : { at, takes: 0 };
  };
  const tookSince = (first: Pick<Knowledge, 'at' | 'takes'> | undefined, known: Knowledge): boolean =>
    first !== undefined && (known.takes > first.takes || (known.lastTaken ?? -Infinity) > first.at);
  return {
    knowledge,
    tookSome() {
      takes += 1;
    },
    forget: (record) => suspects.delete(record),
    refused(record, answer, before, company) {
      const first = firstOf(record, company);
      const { ordinal, recordId } = record;
      const refusal = { record, ordinal, recordId, answer, firstRefusedAt: first?.at ?? now() };
      if (!tookSince(first, before)) {
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
        if (suspect.isSentAgain || !tookSince(firstOf(record), known)) continue;
        suspect.isSentAgain = true;
        if (isWanted(record)) due.push(record);
      }
      return due;
    },
    some: (test) => [...suspects.keys()].some(test),
    takeAll() {
      const all = [...suspects.values()].map(({ refusal }) => refusal);
      suspects.clear();
      return all;
    },
  };
}
