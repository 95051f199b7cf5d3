import type { Hour } from '../activity-api/hours.ts';
import type { Clock } from '../clock.ts';
import type { FeedId } from '../state/feed-key.ts';
import type { Hold, LedgerContent, ParkedRecord } from '../state/ledger-row.ts';
import type { Stored } from '../state/stored.ts';
import { RowConflict } from '../state/table.ts';
import type { Pipeline } from './pipeline.ts';
import { withRows } from './record-rows.ts';

/** How long a hold lasts without being renewed. */
export const holdMs = 60_000;

/** How often holds are renewed while work goes on. */
export const renewMs = 20_000;

/** How often a row is read again when another writer came between. */
const mostRounds = 5;

/**
 * A change of one row: from what the row says now to what it should say; `undefined` leaves it alone. It is asked again
 * with the row as it then is when another writer came between.
 */
export interface RowChange {
  readonly contentId: string;
  readonly to: (content: LedgerContent, known: readonly ParkedRecord[]) => LedgerContent | undefined;
  /** The rows of its single records that are new or change with it, from what they say now. */
  readonly records?: (content: LedgerContent, known: readonly ParkedRecord[]) => readonly ParkedRecord[];
}

/** The ledger rows of a batch, while one worker holds them. Writes go one after another, each insisting on its etag. */
export interface HeldRows {
  /** What the row said when it was last read or written here. */
  get(contentId: string): LedgerContent | undefined;
  /** The rows of its single records, as they were last read or written here. */
  records(contentId: string): readonly ParkedRecord[];
  /**
   * Reads the rows of single records. From then on they are read again whenever their content's row has changed, for
   * every write of theirs changes that too: nothing is decided over rows that another wrote meanwhile.
   * @returns them by content id; contents without any are missing @throws StorageError
   */
  readRecords(): Promise<ReadonlyMap<string, readonly ParkedRecord[]>>;
  /** @throws StorageError, RowConflict when others kept coming between */
  write(changes: readonly RowChange[]): Promise<void>;
  /** Lengthens the holds that are still this worker's. */
  renew(): Promise<void>;
  /** Lets others take at once what is still this worker's. @throws StorageError; the holds then run out by themselves */
  release(): Promise<void>;
}

/** Whether a hold is this worker's own. */
export const isHeldBy = (content: LedgerContent, by: string): boolean => content.hold?.by === by;

/** The content without this worker's hold; another's is left alone. */
export const released = (content: LedgerContent, by: string): LedgerContent =>
  isHeldBy(content, by) ? { ...content, hold: undefined } : content;

/** What is left to do about a row that another worker settled: letting go of it. */
export const letGo = (content: LedgerContent, by: string): LedgerContent | undefined =>
  isHeldBy(content, by) ? released(content, by) : undefined;

/** @param taken the rows as they were taken, by content id */
export function createHeldRows(
  { ledger, clock }: Pick<Pipeline, 'ledger' | 'clock'>,
  place: { feed: FeedId; hour: Hour; by: string },
  taken: ReadonlyMap<string, Stored<LedgerContent>>,
): HeldRows {
  const { feed, hour, by } = place;
  const rows = new Map(taken);
  const records = new Map<string, readonly ParkedRecord[]>();
  const recordsOf = (contentId: string): readonly ParkedRecord[] => records.get(contentId) ?? [];
  let last: Promise<void> = Promise.resolve();

  async function readRecords(ids: readonly string[]): Promise<void> {
    const having = ids.filter((id) => rows.get(id)?.value.hasRecordRows === true);
    for (const [id, known] of await ledger.records(feed, hour, having)) records.set(id, known);
  }

  async function writeNow(changes: readonly RowChange[]): Promise<void> {
    for (let round = 1; ; round += 1) {
      const next = changes.flatMap((change) => {
        const stored = rows.get(change.contentId);
        const known = recordsOf(change.contentId);
        const value = stored && change.to(stored.value, known);
        if (stored === undefined || value === undefined) return [];
        return [{ value, etag: stored.etag, parkedRecords: change.records?.(stored.value, known) ?? [] }];
      });
      if (next.length === 0) return;
      try {
        const etags = await ledger.replace(feed, hour, next);
        for (const [index, { value, parkedRecords }] of next.entries()) {
          rows.set(value.id, { value, etag: etags[index] ?? '' });
          if (parkedRecords.length > 0) records.set(value.id, withRows(recordsOf(value.id), parkedRecords).all);
        }
        return;
      } catch (error) {
        if (!(error instanceof RowConflict) || round >= mostRounds) throw error;
        const ids = next.map(({ value }) => value.id);
        const fresh = await ledger.contents(feed, hour, ids);
        for (const id of ids) {
          const row = fresh.get(id);
          if (row) rows.set(id, row);
          else rows.delete(id);
        }
        await readRecords(ids);
      }
    }
  }

  function write(changes: readonly RowChange[]): Promise<void> {
    const done = last.then(() => writeNow(changes));
    last = done.catch(() => undefined);
    return done;
  }

  const writeOwn = (to: (content: LedgerContent) => LedgerContent): Promise<void> =>
    write(
      [...rows.keys()].map((contentId) => ({
        contentId,
        to: (content) => (isHeldBy(content, by) ? to(content) : undefined),
      })),
    );

  return {
    get: (contentId) => rows.get(contentId)?.value,
    records: recordsOf,
    async readRecords() {
      await readRecords([...rows.keys()]);
      return new Map(records);
    },
    write,
    renew: () => writeOwn((content) => ({ ...content, hold: content.hold && lengthened(content.hold, clock.now()) })),
    release: () => writeOwn((content) => released(content, by)),
  };
}

const retryMs = 5_000;
const mostRetries = 360;

/**
 * Goes on trying, for half an hour, to let go of holds that storage did not let go of. The message comes back after
 * minutes, and a hold that has run out by itself would then look like a death of its worker.
 */
export function untilStorageAnswers(clock: Clock, release: () => Promise<void>): void {
  const trying = async (): Promise<void> => {
    for (let tries = 0; tries < mostRetries; tries += 1) {
      await clock.sleep(retryMs);
      const isDone = await release().then(
        () => true,
        () => false,
      );
      if (isDone) return;
    }
  };
  trying().catch(() => undefined);
}

const lengthened = (hold: Hold, now: number): Hold => ({ ...hold, until: now + holdMs });
