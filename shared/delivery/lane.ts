import { DestinationError } from './destination-error.ts';
import { createFillingRequest } from './filling-request.ts';
import type { FillingRequest, OfferedRecord, RequestLimits } from './filling-request.ts';

export interface LaneOptions {
  readonly limits: RequestLimits;
  /** Whether a content's stream has ended, so that someone waits for its last records. */
  readonly hasEnded: (contentId: string) => boolean;
  /** Whether no content can add to a request now: each has ended or waits for room. */
  readonly isQuiet: () => boolean;
  /** Resolves after the time that a tail waits for company. */
  readonly linger: () => Promise<void>;
  /** Sends a request, its retries and halves included, and takes note of the answers; the next one goes out after it. */
  readonly send: (records: readonly OfferedRecord[]) => Promise<void>;
  /** Whether someone waits to be told of suspects: records refused, but not for good. */
  readonly hasAwaitedSuspects: () => boolean;
  /** Keeps all suspects. @returns what tells of them, at one stroke with what else is known by then */
  readonly keepSuspects: () => Promise<() => void>;
  /** Something broke that is not the destination's fault: aborted, or a note could not be taken. */
  readonly onBroken: (error: unknown) => void;
}

/** The way to one destination within one batch: one request in flight, one being filled, offers waiting for room. */
export interface Lane {
  /** Why the destination dropped out of this batch, if it did. */
  failed(): DestinationError | undefined;
  /** Resolves when every record has room in a request, or needs none because the destination dropped out. */
  add(records: readonly OfferedRecord[]): Promise<void>;
  /** Whether a content waits here for room. */
  isWaiting(contentId: string): boolean;
  /** Forgets what is not in flight yet of a content. */
  remove(contentId: string): void;
  /** Looks whether a request can go out. */
  pump(): void;
  /** Ends the waiting of all offers with an error and sends nothing more. */
  stop(error: unknown): void;
  /** Resolves when nothing is in flight. */
  drained(): Promise<void>;
}

interface Waiting {
  readonly records: readonly OfferedRecord[];
  next: number;
  readonly room: PromiseWithResolvers<undefined>;
}

export function createLane(options: LaneOptions): Lane {
  const { limits, hasEnded, isQuiet, linger, send, hasAwaitedSuspects, keepSuspects, onBroken } = options;
  let filling = createFillingRequest(limits);
  let isDue = false;
  let lingering: FillingRequest | undefined;
  let waiting: Waiting[] = [];
  let inFlight: Promise<void> | undefined;
  let failed: DestinationError | undefined;
  let stopped = false;

  const renew = (): void => {
    filling = createFillingRequest(limits);
    isDue = false;
  };

  /** Moves records from the waiting offers into the request. Offers take turns, so that a long content starves none. */
  const fill = (): void => {
    for (let offer = waiting[0]; offer !== undefined && !isDue; offer = waiting[0]) {
      for (let record = offer.records[offer.next]; record !== undefined; record = offer.records[offer.next]) {
        if (!filling.add(record)) {
          isDue = true;
          break;
        }
        offer.next += 1;
      }
      waiting.shift();
      if (offer.next < offer.records.length) waiting.push(offer);
      else offer.room.resolve(undefined);
    }
  };

  /**
   * A request with the last records of a content cannot wait to be full, nor can a content with suspects wait for it
   * (when it is taken, they are sent again). It goes when nobody can add to it, and after the linger at the latest,
   * whatever the others do: nothing here waits for another content without an end.
   */
  const seeToTail = (): void => {
    const isAwaited = [...filling.contentIds].some(hasEnded) || (!inFlight && hasAwaitedSuspects());
    if (isDue || !isAwaited) return;
    if (isQuiet()) {
      isDue = true;
      return;
    }
    if (lingering === filling) return;
    const request = filling;
    lingering = request;
    linger().then(() => {
      if (filling !== request) return;
      isDue = true;
      pump();
    }, onBroken);
  };

  const deliver = async ({ records }: FillingRequest): Promise<void> => {
    // Nothing came that the suspects of ended contents could be told apart by.
    if (records.length === 0) {
      (await keepSuspects())();
      return;
    }
    try {
      await send(records);
    } catch (error) {
      if (!(error instanceof DestinationError)) throw error;
      const tellSuspects = await keepSuspects();
      failed = error;
      renew();
      for (const offer of waiting.splice(0)) offer.room.resolve(undefined);
      tellSuspects();
    }
  };

  function pump(): void {
    if (stopped || failed) return;
    fill();
    seeToTail();
    if (!isDue || inFlight) return;
    const request = filling;
    renew();
    inFlight = deliver(request).then(
      () => {
        inFlight = undefined;
        pump();
      },
      (error: unknown) => {
        inFlight = undefined;
        onBroken(error);
      },
    );
    // What waited for room finds some in the next request.
    pump();
  }

  return {
    failed: () => failed,
    add(records) {
      if (failed || records.length === 0) return Promise.resolve();
      const room = Promise.withResolvers<undefined>();
      waiting.push({ records, next: 0, room });
      pump();
      return room.promise;
    },
    isWaiting: (contentId) => waiting.some(({ records }) => records[0]?.contentId === contentId),
    remove(contentId) {
      const kept = filling.records.filter((record) => record.contentId !== contentId);
      if (kept.length < filling.records.length) {
        renew();
        for (const record of kept) filling.add(record);
      }
      const isOther = ({ records }: Waiting): boolean => records[0]?.contentId !== contentId;
      for (const offer of waiting) if (!isOther(offer)) offer.room.resolve(undefined);
      waiting = waiting.filter(isOther);
    },
    pump,
    stop(error) {
      stopped = true;
      renew();
      for (const offer of waiting.splice(0)) offer.room.reject(error);
    },
    async drained() {
      while (inFlight) await inFlight;
    },
  };
}
