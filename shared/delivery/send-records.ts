import type { Clock } from '../clock.ts';
import { DestinationError } from './destination-error.ts';
import type { Destination, Word } from './destination.ts';
import type { OfferedRecord, RequestLimits } from './filling-request.ts';
import { printable } from './printable.ts';
import { countThatFits, learnRequestBytes, learntRequestBytes, requestBytes } from './request-size.ts';
import { createSuspects } from './suspects.ts';
import { refusesAll } from './refuses-all.ts';
import type { Knowledge, Refusal, SuspectsOptions } from './suspects.ts';

/** Refusals in a row, with nothing taken in between, after which requests are not halved any more; a few for a probe. */
const patience = 16;
const patienceOfProbe = 4;

/** The same, where the destination has taken others since it refused some of these: it is not what is wrong. */
const patienceWhenProven = 512;

const shownAnswer = 600;

export interface RecordSenderOptions extends Omit<SuspectsOptions, 'now'> {
  readonly destination: Destination;
  /** The most that one request may hold, whatever it is put together from. */
  readonly limits: RequestLimits;
  readonly clock: Clock;
  /**
   * Sends these very records as one request, its tries included.
   * @param once one try only
   */
  readonly sendOne: (records: readonly OfferedRecord[], once: boolean) => Promise<readonly Word[]>;
  /** Whether the destination is down, and only being asked whether it still is. */
  readonly isDown: () => boolean;
  /** Rejects if nothing more may be sent. */
  readonly check: () => Promise<void>;
  /** Takes note of records that were taken; the next request goes out after it. */
  readonly onTaken: (records: readonly OfferedRecord[]) => Promise<void>;
  /** Takes note of records that were refused for good. */
  readonly onRefused: (refusals: readonly Refusal[]) => Promise<void>;
}

/** Records to be sent in one request, if they may. */
interface Piece {
  readonly records: readonly OfferedRecord[];
  /** When they were refused together with the other half, if they were. */
  readonly company?: Knowledge;
}

/** Sends records to one destination within one batch, and finds those that it refuses. */
export interface RecordSender {
  /**
   * Sends records, in order. A request that is too large is sent in smaller ones; one that is refused is halved down to
   * the records that are, and these are sent again once the destination has taken another. What is taken is noted
   * request by request.
   * @throws DestinationError when the destination has to be given up for now; what `check` and the notes throw
   */
  send(records: readonly OfferedRecord[]): Promise<void>;
  /** Whether a record that passes the test was refused, and not yet for good. */
  hasSuspects(test: (record: OfferedRecord) => boolean): boolean;
  /** Records refused, but not for good. They are not sent again. */
  takeSuspects(): readonly Refusal[];
}

export function createRecordSender(options: RecordSenderOptions): RecordSender {
  const { destination, limits, clock, sendOne, isDown, check, onTaken, onRefused, firstRefusal, lastTaken } = options;
  const suspects = createSuspects({ ...options, now: () => clock.now() });
  let hasTaken = false;
  let maxBytes = Math.min(limits.maxBytes, learntRequestBytes(destination, clock.now()));
  let isToBeLearnt = false;
  let lastAnswer = '';
  let refusals = 0;
  let growth = 1;

  const isProbe = (): boolean => !hasTaken && isDown();

  const takeNote = async (taken: readonly OfferedRecord[]): Promise<void> => {
    hasTaken = true;
    if (isToBeLearnt) learnRequestBytes(destination, maxBytes, clock.now());
    isToBeLearnt = false;
    for (const record of taken) suspects.forget(record);
    await onTaken(taken);
    suspects.tookSome();
  };

  /** @returns the error that speaks for all of them, or whether anything is clearer now: taken, or refused for good */
  const sendRequest = async ({ records: request, company }: Piece): Promise<DestinationError | boolean> => {
    const before = suspects.knowledge();
    let words: readonly Word[];
    try {
      words = await sendOne(request, isProbe());
    } catch (error) {
      if (!(error instanceof DestinationError) || (error.kind !== 'too-large' && error.kind !== 'refused')) throw error;
      lastAnswer = error.message;
      if (request.length > 1) return error;
      words = [{ taken: false, answer: error.message }];
    }
    const taken: OfferedRecord[] = [];
    const refused: Refusal[] = [];
    for (const [index, record] of request.entries()) {
      const word = words[index];
      if (word?.taken !== false) {
        taken.push(record);
        continue;
      }
      lastAnswer = printable(word.answer, shownAnswer);
      const refusal = suspects.refused(record, lastAnswer, before, company);
      if (refusal) refused.push(refusal);
    }
    if (taken.length > 0) await takeNote(taken);
    if (refused.length > 0) await onRefused(refused);
    return taken.length > 0 || refused.length > 0;
  };

  return {
    async send(records) {
      const lastTakenAt = lastTaken() ?? -Infinity;
      const {
        ripe = [],
        fresh = [],
        known = [],
      } = Object.groupBy(records, (record) => {
        const refusedAt = firstRefusal(record);
        return refusedAt === undefined ? 'fresh' : refusedAt < lastTakenAt ? 'ripe' : 'known';
      });
      // The next refusal of those in front is for good. Others that were refused before come last: a destination that works
      // has taken some by then, which are not refused with them.
      let pieces: Piece[] = [ripe, fresh, known].map((some) => ({ records: some }));
      const most = (): number =>
        growth * (isProbe() ? patienceOfProbe : ripe.length > 0 ? patienceWhenProven : patience);
      let unhalved: Piece[] = [];
      for (let piece = pieces.shift(); piece !== undefined; piece = pieces.shift()) {
        const request = piece.records.slice(0, countThatFits(piece.records, { ...limits, maxBytes }));
        const rest = piece.records.slice(request.length);
        if (rest.length > 0) pieces.unshift({ ...piece, records: rest });
        if (request.length === 0) continue;
        await check();
        const answer = await sendRequest({ ...piece, records: request });
        if (answer instanceof DestinationError && answer.kind === 'too-large') {
          maxBytes = Math.floor(requestBytes(request) / 2);
          isToBeLearnt = true;
          pieces.unshift({ ...piece, records: request });
          continue;
        }
        const due = suspects.takeDue();
        refusals += 1;
        if (answer instanceof DestinationError) {
          if (refusals < most()) pieces.unshift(...halves(request, suspects.knowledge()));
          else unhalved.push({ records: request });
        }
        if (answer === true || due.length > 0) {
          // What takes something in the midst of refusals deserves to be asked longer.
          if (refusals >= most()) growth *= 2;
          pieces = [{ records: due }, ...unhalved, ...pieces];
          unhalved = [];
          refusals = 0;
        } else if (refusals >= 2 * most()) break;
      }
      if (unhalved.length > 0 || pieces.length > 0) throw refusesAll(destination.name, lastAnswer);
    },
    hasSuspects: (test) => suspects.some(test),
    takeSuspects: () => suspects.takeAll(),
  };
}

const halves = (records: readonly OfferedRecord[], company: Knowledge): Piece[] => {
  const middle = Math.ceil(records.length / 2);
  return [records.slice(0, middle), records.slice(middle)].map((half) => ({ records: half, company }));
};
