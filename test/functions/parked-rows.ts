import { endOfHour, type Hour } from '../../shared/activity-api/hours.ts';
import type { FeedId } from '../../shared/state/feed-key.ts';
import { createHourStore } from '../../shared/state/hours.ts';
import type { LedgerContent } from '../../shared/state/ledger-row.ts';
import { createLedger } from '../../shared/state/ledger.ts';
import { createOpenHourStore } from '../../shared/state/open-hours.ts';
import type { Tables } from '../../shared/state/table.ts';
import { ledgerContent } from '../support/ledger-content.ts';

/** A content that was parked just now, unless told. */
export const parkedRow = (id: string, now: number, change: Partial<LedgerContent> = {}): LedgerContent =>
  ledgerContent(id, now, {
    uri: `https://manage.example/${id}`,
    created: now - 1000,
    expires: now + 3_600_000,
    state: 'parked',
    owed: ['local'],
    attempt: 5,
    taken: true,
    failures: 5,
    reason: 'The content cannot be cut into records.',
    lastError: 'It ends in the middle of a record.',
    firstSeen: now - 500,
    settledAt: now,
    ...change,
  });

/** Contents of one hour, in the ledger and in the index of open hours, as the lister and workers leave them. */
export async function putIntoLedger(
  tables: Tables,
  feed: FeedId,
  hour: Hour,
  contents: readonly LedgerContent[],
): Promise<void> {
  await createLedger(tables).insert(feed, hour, contents);
  const hours = createHourStore(tables);
  if ((await hours.get(feed, hour)) === undefined) {
    const listedTo = endOfHour(hour);
    await hours.insert(feed, { hour, listedAt: listedTo, listedTo, hash: 'hash', open: true, sums: undefined });
  }
  await createOpenHourStore(tables).touch(feed, hour);
}
