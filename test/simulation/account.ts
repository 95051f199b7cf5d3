import { createHash } from 'node:crypto';

import type { Delivery } from '../../shared/delivery/destination.ts';
import {
  contentFromRow,
  type ContentState,
  isRecordRow,
  isSettled,
  type LedgerContent,
} from '../../shared/state/ledger-row.ts';
import { hourKey } from '../../shared/state/feed-key.ts';
import type { Row } from '../../shared/state/table.ts';
import type { SimulatedProcess } from './scheduler.ts';

/** Records that a destination has for good. */
export interface Receipt {
  readonly process: SimulatedProcess;
  readonly destination: string;
  readonly tenantId: string;
  readonly contentType: string;
  readonly contentId: string;
  readonly recordId: string | null;
  readonly text: string;
  /** Which step it was. */
  readonly step: number;
  readonly at: number;
  readonly answered: boolean;
  /** The step at which its process wrote down that it is there; `undefined` if it never did. */
  noted: number | undefined;
  /** Whether that was so long after that others had read on: rows of `seen` are sorted by when they were begun. */
  isLate: boolean;
  /** The step at which the batch that sent it began: what was noted before that, it could know. */
  readonly batchBegun: number;
  /** Where in `seen` it is written down. */
  readonly place: string;
}

/** A message in the hands of a process. */
export interface Invocation {
  readonly process: SimulatedProcess;
  readonly messageId: string;
  /** The step at which it began. */
  readonly begunAt: number;
  active: boolean;
  /** Whether its process was frozen meanwhile. */
  frozen: boolean;
  /** Contents that it took and has not let go. */
  readonly inHand: Set<string>;
}

/** What really happened, whatever the app thinks of it. */
export interface Account {
  readonly receipts: Receipt[];
  readonly invocations: Invocation[];
  /** Destinations that a content was owed to when it was listed. */
  readonly owed: Map<string, readonly string[]>;
  /** When a content was listed, and what its row says now. */
  readonly listedAt: Map<string, number>;
  readonly states: Map<string, ContentState>;
  /** The row of a tenant as it was at a moment; the last one, if the tenant was gone by then. */
  tenantAt(tenantId: string, at: number): Row | undefined;
  /** When a feed was first written since its tenant was added. */
  readonly feedsSince: Map<string, number>;
  /** When it was first written down that an hour of a feed was listed. */
  readonly firstListings: Map<string, number>;
  readonly messages: Map<string, number>;
  readonly fetches: Map<string, number>;
  /** Attempts that failed by the content's own fault. */
  readonly garbled: Map<string, number>;
  readonly operations: Map<string, number>;
  /** When requests came to a destination, whatever became of them. */
  readonly requests: Map<string, number[]>;
  /** How often a content was in two hands at once, by the reason. */
  readonly twoHands: Map<string, number>;
  /** Processes that were killed, with the step. */
  readonly killed: Map<SimulatedProcess, number>;
  /** What should never have happened, as it happened. */
  readonly complaints: string[];
  operated(process: SimulatedProcess, operation: string, table: string): void;
  written(process: SimulatedProcess, table: string, rows: readonly Row[]): void;
  /** A request arrived, whatever becomes of it. */
  requested(destination: string): void;
  took(process: SimulatedProcess, destination: string, delivery: Delivery, answered: boolean): void;
}

export const count = (counts: Map<string, number>, key: string, by = 1): void => {
  counts.set(key, (counts.get(key) ?? 0) + by);
};

/** A record that tests a destination belongs to nobody. */
export const isTest = ({ tenantId }: { tenantId: string }): boolean => /^[0-]+$/.test(tenantId);

/** An Id as `seen` holds it: 16 bytes. */
const idHash = (id: string): string =>
  createHash('sha256').update(id, 'utf16le').digest().subarray(0, 16).toString('hex');

const entryBytes = 20;

/** What is read again of `seen` behind the point where one stopped. */
const slackMs = 2 * 60_000;

function seenIds({ entries }: Row): Set<string> {
  const bytes = Buffer.from(entries as Uint8Array);
  return new Set(
    Array.from({ length: bytes.length / entryBytes }, (_none, index) =>
      bytes.subarray(index * entryBytes, index * entryBytes + 16).toString('hex'),
    ),
  );
}

const createdIn = (record: string): string => /"CreationTime":"([^"]{13})/.exec(record)?.[1] ?? '';

export function createAccount(time: { now: () => number; steps: () => number }): Account {
  /** Contents as their rows say. */
  const rows = new Map<string, LedgerContent>();
  /** Rows of tenants as they were written, the oldest first. */
  const tenantRows = new Map<string, { at: number; row: Row }[]>();
  const account: Account = {
    receipts: [],
    invocations: [],
    owed: new Map(),
    listedAt: new Map(),
    states: new Map(),
    tenantAt: (tenantId, at) => tenantRows.get(tenantId)?.findLast((one) => one.at <= at)?.row,
    feedsSince: new Map(),
    firstListings: new Map(),
    messages: new Map(),
    fetches: new Map(),
    garbled: new Map(),
    operations: new Map(),
    requests: new Map(),
    twoHands: new Map(),
    killed: new Map(),
    complaints: [],
    operated(_process, operation, table) {
      count(account.operations, `${operation.split(' ')[0] ?? ''} ${table.replace(/\d+$/, '')}`);
    },
    written(process, table, rows) {
      if (table.startsWith('seen')) {
        for (const row of rows) {
          const ids = seenIds(row);
          for (const receipt of account.receipts) {
            if (receipt.process !== process || receipt.place !== row.partitionKey) continue;
            if (receipt.noted !== undefined || !ids.has(idHash(receipt.recordId ?? ''))) continue;
            receipt.noted = time.steps();
            receipt.isLate = time.now() - receipt.at > slackMs;
          }
        }
      }
      if (table === 'tenants') rows.forEach(tenantWritten);
      if (table === 'feeds') {
        for (const { partitionKey, rowKey } of rows) {
          const feed = `${partitionKey}_${rowKey}`;
          if (!account.feedsSince.has(feed)) account.feedsSince.set(feed, time.now());
        }
      }
      if (table.startsWith('hours')) {
        for (const { partitionKey, listedAt } of rows) {
          if (listedAt !== undefined && !account.firstListings.has(partitionKey))
            account.firstListings.set(partitionKey, time.now());
        }
      }
      if (!table.startsWith('ledger')) return;
      for (const row of rows) {
        if (row.partitionKey !== 'malformed' && !isRecordRow(row)) ledgerWritten(process, row);
      }
    },
    requested(destination) {
      account.requests.set(destination, [...(account.requests.get(destination) ?? []), time.now()]);
    },
    took(process, destination, delivery, answered) {
      if (isTest(delivery)) return;
      for (const { contentId, recordId, bytes } of delivery.records) {
        const text = Buffer.from(bytes).toString();
        const place = `${destination}_${hourKey(delivery, createdIn(text))}`;
        account.receipts.push({
          process,
          destination,
          tenantId: delivery.tenantId,
          contentId,
          recordId,
          contentType: delivery.contentType,
          text,
          step: time.steps(),
          at: time.now(),
          answered,
          noted: undefined,
          isLate: false,
          batchBegun: batchOf(process, contentId)?.begunAt ?? 0,
          place,
        });
      }
    },
  };

  const batchOf = (process: SimulatedProcess, contentId: string): Invocation | undefined =>
    account.invocations.findLast((one) => one.process === process && one.active && one.inHand.has(contentId));

  function tenantWritten(row: Row): void {
    const tenantId = row.partitionKey;
    const before = tenantRows.get(tenantId) ?? [];
    tenantRows.set(tenantId, [...before, { at: time.now(), row }]);
    if (before.at(-1)?.row['addedAt'] === row['addedAt']) return;
    // Added again, with new feeds.
    for (const feed of account.feedsSince.keys()) if (feed.startsWith(tenantId)) account.feedsSince.delete(feed);
  }

  /** What a lister lists at the very moment at which its tenant leaves may come too late to be waited for. */
  function givenUp(hour: string, id: string): void {
    const last = tenantRows.get(hour.split('_')[0] ?? '')?.at(-1);
    const wasThere = (account.listedAt.get(id) ?? 0) < (last?.at ?? 0);
    if (last?.row['leaving'] === 'drain' && wasThere)
      account.complaints.push(`${id} was given up, but was to be drained`);
  }

  function ledgerWritten(process: SimulatedProcess, row: Row): void {
    const content = contentFromRow(row);
    const { id, owed, hold, state } = content;
    const before = rows.get(id);
    rows.set(id, content);
    if (!account.owed.has(id)) {
      account.owed.set(id, owed);
      account.listedAt.set(id, time.now());
    }
    account.states.set(id, state);
    if (state === 'lost' && content.reason === 'off-boarded') givenUp(row.partitionKey, id);
    const messageId = hold?.by.split('/')[0];
    for (const one of account.invocations) {
      if (one.process === process && (hold === undefined || isSettled(state))) one.inHand.delete(id);
    }
    if (hold === undefined || isSettled(state)) return;
    const mine = account.invocations.findLast((one) => one.process === process && one.messageId === messageId);
    if (mine === undefined || mine.inHand.has(id)) return;
    const others = account.invocations.filter(
      (one) => one !== mine && one.active && one.process.alive && one.inHand.has(id),
    );
    for (const other of others) {
      const why = whyTwo(mine, other, before, content, time.now());
      count(account.twoHands, why);
      if (why.startsWith('unexplained')) account.complaints.push(`${id} was in two hands at once, ${why}`);
    }
    mine.inHand.add(id);
  }

  return account;
}

/** Whether the first of these holds is one of an earlier delivery of the message that has the second. */
function isEarlier(first = '', second = ''): boolean {
  const [firstId, firstCount] = first.split('/');
  const [secondId, secondCount] = second.split('/');
  return firstId === secondId && Number(firstCount) < Number(secondCount);
}

/** @param before the row as it was when the content was taken from it */
function whyTwo(
  mine: Invocation,
  other: Invocation,
  before: LedgerContent | undefined,
  { attempt, hold }: LedgerContent,
  now: number,
): string {
  if (mine.messageId === other.messageId) return 'the message was delivered twice';
  if (other.frozen) return 'the first was frozen beyond its hold';
  if (isEarlier(before?.hold?.by, hold?.by))
    return 'the message was delivered twice and had taken it from the first before';
  if ((before?.hold?.until ?? 0) <= now) return 'the first could not lengthen its hold';
  if (attempt > (before?.attempt ?? 0)) return 'the first had sent it on and could not say so';
  return `unexplained: ${before?.hold?.by ?? ''} held it, ${hold?.by ?? ''} took it`;
}
