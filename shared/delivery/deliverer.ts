import type { CutRecord } from '../records/cut-record.ts';
export type { ContentOutcome, DestinationOutcome, RefusedRecord } from './content-account.ts';
export type { DelivererOptions, RefusedBytes, TakenRecord } from './deliverer-options.ts';
import { createContentAccount } from './content-account.ts';
import type { ContentAccount, ContentOutcome, RefusedRecord } from './content-account.ts';
import type { DelivererOptions } from './deliverer-options.ts';
import { DestinationError } from './destination-error.ts';
import type { Destination } from './destination.ts';
import { envelopeLineLength, envelopePrefix } from './envelope.ts';
import type { OfferedRecord } from './filling-request.ts';
import { createLane } from './lane.ts';
import type { Lane } from './lane.ts';
import { refusesAll } from './refuses-all.ts';
import { createRecordSender } from './send-records.ts';
import { defaultRetryPausesMs, sendRequest } from './send-request.ts';
import type { Refusal } from './suspects.ts';

const defaultRequestBytes = 4 * 1024 * 1024;
const defaultRequestRecords = 3000;
const defaultLingerMs = 200;

/** Delivers the records of one batch to several destinations, in requests that mix its contents. */
export interface Deliverer {
  /**
   * Hands over records, each with its bytes, with the destinations that they are owed to. Resolves when there is room
   * for more; await it before cutting on.
   * @throws the signal's reason, or what `onTaken` threw
   */
  offer(contentId: string, records: readonly CutRecord[], owed: readonly string[]): Promise<void>;
  /**
   * The content's stream has ended whole. Resolves when every destination has had its word for each record that it was
   * offered, or has dropped out of the batch, or when the signal aborts: those that still owe a word have failed then.
   * @param owed destinations that the outcome tells of even if no record was offered to them
   * @throws what `onTaken` threw, or the signal's reason if it had aborted before
   */
  finish(contentId: string, owed?: readonly string[]): Promise<ContentOutcome>;
  /** The content's stream broke: what is not in flight yet is forgotten, what was sent stays sent. */
  abandon(contentId: string): void;
  /** Resolves when nothing is in flight any more, records of abandoned contents included. */
  drained(): Promise<void>;
  /** Destinations that dropped out of this batch, and why: they are what is down, not merely owed something. */
  dropped(): ReadonlyMap<string, DestinationError>;
}

interface ContentState {
  readonly account: ContentAccount;
  readonly prefixLength: number;
  state: 'open' | 'finished' | 'abandoned';
  outcome: PromiseWithResolvers<ContentOutcome> | undefined;
}

export function createDeliverer(options: DelivererOptions): Deliverer {
  const { destinations, tenantId, customerName, contentType, hour, clock, random, signal } = options;
  const { onTaken, onRefused, isParked } = options;
  const { retryPausesMs = defaultRetryPausesMs, lingerMs = defaultLingerMs } = options;
  const limits = {
    maxBytes: options.maxRequestBytes ?? defaultRequestBytes,
    maxRecords: options.maxRequestRecords ?? defaultRequestRecords,
  };
  const contents = new Map<string, ContentState>();
  const lanes = new Map<string, Lane>(destinations.map((one) => [one.name, laneTo(one)]));
  let broken: { readonly error: unknown } | undefined;
  for (const contentId of options.contentIds ?? []) contentOf(contentId);
  // Not left to the request in flight: a destination may be slow to let go of it.
  const outOfTime = (): void => {
    breakOff(signal.reason);
  };
  signal.addEventListener('abort', outOfTime, { once: true });

  function contentOf(contentId: string): ContentState {
    let content = contents.get(contentId);
    if (!content) {
      const prefix = envelopePrefix({ tenantId, customerName, contentType, contentId });
      content = {
        account: createContentAccount(),
        prefixLength: prefix.length,
        state: 'open',
        outcome: undefined,
      };
      contents.set(contentId, content);
    }
    return content;
  }

  function laneTo(destination: Destination): Lane {
    const { name } = destination;
    const sender = createRecordSender({
      destination,
      limits,
      clock,
      firstRefusal: ({ contentId, ordinal }) => options.firstRefusal?.(name, contentId, ordinal),
      lastTaken: () => options.lastTaken?.(name),
      isWanted,
      async check() {
        if ((await options.mayAsk?.(name)) === false) throw isAskedByOthers(name);
        checkNotBroken();
      },
      isDown: () => options.isProbe?.(name) === true,
      sendOne(records, once) {
        const delivery = { tenantId, customerName, contentType, hour, records };
        const onAnswered = (milliseconds: number, isTaken: boolean): void =>
          options.onAnswered?.(name, milliseconds, isTaken);
        const pauses = once ? [] : retryPausesMs;
        return sendRequest(destination, delivery, { clock, random, retryPausesMs: pauses, signal, onAnswered });
      },
      onTaken: (records) => noteTaken(name, records),
      onRefused: async (refusals) => {
        (await keepRefused(name, refusals, 'refused'))();
      },
    });
    return createLane({
      limits,
      hasEnded: (contentId) => contents.get(contentId)?.state === 'finished',
      isQuiet,
      linger: () => clock.sleep(lingerMs, signal),
      send: (records) => sender.send(records),
      hasAwaitedSuspects: () => sender.hasSuspects(({ contentId }) => contents.get(contentId)?.state === 'finished'),
      keepSuspects: () => keepRefused(name, sender.takeSuspects(), 'suspected'),
      onBroken: breakOff,
    });
  }

  function isWanted({ contentId }: OfferedRecord): boolean {
    return contents.get(contentId)?.state !== 'abandoned';
  }

  function isQuiet(): boolean {
    const isWaiting = (contentId: string): boolean => [...lanes.values()].some((lane) => lane.isWaiting(contentId));
    return [...contents].every(([contentId, { state }]) => state !== 'open' || isWaiting(contentId));
  }

  async function noteTaken(destination: string, records: readonly OfferedRecord[]): Promise<void> {
    await onTaken?.(destination, records);
    for (const { contentId } of records) contents.get(contentId)?.account.taken(destination);
    settle();
  }

  /** @returns what counts them, which must not be before they are kept */
  async function keepRefused(
    destination: string,
    refusals: readonly Refusal[],
    as: 'refused' | 'suspected',
  ): Promise<() => void> {
    const wanted = refusals.filter(({ record }) => isWanted(record));
    const kept = wanted.map(({ record: { contentId, bytes }, ...refusal }) => ({ ...refusal, contentId, bytes }));
    if (kept.length > 0) await onRefused?.(destination, kept);
    return () => {
      for (const { record, ...refusal } of wanted) contents.get(record.contentId)?.account[as](destination, refusal);
      settle();
    };
  }

  const failureOf = (destination: string, suspected: readonly RefusedRecord[]): DestinationError | undefined => {
    const lane = lanes.get(destination);
    if (lane) {
      const [suspect] = suspected;
      return (
        lane.failed() ??
        (isOutOfTime() ? brokenOff(destination) : undefined) ??
        (suspect && refusesAll(destination, suspect.answer))
      );
    }
    return new DestinationError(`Destination ${destination} is not configured; add it to DESTINATIONS again.`, {
      kind: 'misconfigured',
    });
  };

  const isOutOfTime = (): boolean => signal.aborted && broken?.error === signal.reason;

  function settle(): void {
    for (const { account, outcome } of contents.values()) {
      const told = outcome && account.outcome(failureOf);
      if (told) outcome.resolve(told);
    }
  }

  function breakOff(error: unknown): void {
    broken ??= { error };
    for (const lane of lanes.values()) lane.stop(error);
    // What the destinations said before time ran out holds; forgetting it would deliver all of it again.
    if (isOutOfTime()) settle();
    else for (const { outcome } of contents.values()) outcome?.reject(error);
  }

  function checkNotBroken(): void {
    if (broken) throw broken.error;
    signal.throwIfAborted();
  }

  const pumpAll = (): void => {
    for (const lane of lanes.values()) lane.pump();
  };

  return {
    async offer(contentId, records, owed) {
      checkNotBroken();
      const { state, account, prefixLength } = contentOf(contentId);
      if (state === 'abandoned' || records.length === 0) return;
      if (state === 'finished')
        throw new Error(`Content ${contentId} has ended; offer its records before finishing it.`);
      const offered = records.map((record) => offeredRecord(contentId, prefixLength, record));
      const room = owed.map((name) => {
        const wanted = isParked ? offered.filter(({ ordinal }) => !isParked(name, contentId, ordinal)) : offered;
        account.offered(name, wanted.length);
        return lanes.get(name)?.add(wanted) ?? Promise.resolve();
      });
      // A content that now waits at one destination can add nothing at the others: their tails need not wait for it.
      pumpAll();
      await Promise.all(room);
    },

    async finish(contentId, owed = []) {
      checkNotBroken();
      const content = contentOf(contentId);
      if (content.state === 'abandoned') throw new Error(`Content ${contentId} was abandoned; it has no outcome.`);
      content.state = 'finished';
      for (const name of owed) content.account.offered(name, 0);
      content.outcome ??= Promise.withResolvers<ContentOutcome>();
      settle();
      pumpAll();
      return content.outcome.promise;
    },

    abandon(contentId) {
      contentOf(contentId).state = 'abandoned';
      for (const lane of lanes.values()) lane.remove(contentId);
      pumpAll();
    },

    async drained() {
      for (const lane of lanes.values()) await lane.drained();
    },

    dropped() {
      const failures = [...lanes].map(([name, lane]) => [name, lane.failed()] as const);
      return new Map(failures.filter((entry): entry is [string, DestinationError] => entry[1] !== undefined));
    },
  };
}

const isAskedByOthers = (destination: string): DestinationError =>
  new DestinationError(`Destination ${destination} is down; somebody else asks whether it still is, wait for that.`, {
    kind: 'unavailable',
  });

const brokenOff = (destination: string): DestinationError =>
  new DestinationError(
    `Destination ${destination} had not answered for every record when the batch was broken off; check how busy it is.`,
    { kind: 'unavailable' },
  );

function offeredRecord(contentId: string, prefixLength: number, record: CutRecord): OfferedRecord {
  const { ordinal, id, bytes, creationTime } = record;
  if (!bytes) throw new Error(`Record ${ordinal} of content ${contentId} is over the limit; park it, do not offer it.`);
  const recordId = id ?? null;
  return {
    contentId,
    recordId,
    bytes,
    ordinal,
    creationTime,
    lineLength: envelopeLineLength(prefixLength, recordId, bytes.length),
  };
}
