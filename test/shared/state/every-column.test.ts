import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { createStores } from '../../../shared/state/stores.ts';
import type { Tables } from '../../../shared/state/table.ts';
import { createMemoryTables } from '../../support/memory-tables.ts';
import { type StoredColumns, toRow } from './stored-columns.ts';

/** A row of each kind, with every column that version 0.1.0 had: later versions read them all. */
async function tablesOf010(): Promise<Tables> {
  const file = await readFile(join(import.meta.dirname, 'every-column-of-0.1.0.json'), 'utf8');
  const tables = createMemoryTables();
  for (const [name, rows] of Object.entries(JSON.parse(file) as Record<string, StoredColumns[]>)) {
    for (const row of rows) await tables.table(name).insert(toRow(row));
  }
  return tables;
}

const stores = createStores(await tablesOf010());
const at = (time: string): number => Date.parse(`2026-11-${time}:00Z`);
const tenantId = '11111111-2222-3333-4444-555555555555';
const feed = { tenantId, contentType: 'Audit.Exchange' } as const;
const hour = '2026-11-22T09';

test('tenants', async () => {
  expect((await stores.tenants.get(tenantId))?.value).toMatchObject({
    tenantId,
    name: 'Example Customer',
    cloud: 'gcc-high',
    state: 'paused',
    contentTypes: ['Audit.Exchange', 'DLP.All'],
    addedAt: at('20T08:00'),
    invitationHash: 'hash-of-the-link',
    consentedAt: at('20T09:00'),
    consentedBy: 'Alex Admin (admin@customer.example)',
    collectedSince: at('19T09:00'),
    pausedFrom: 'permission-missing',
    missingRoles: ['ActivityFeed.ReadDlp'],
    checkAskedAt: at('22T10:00'),
    trouble: { state: 'audit-off', since: at('22T09:00'), count: 2 },
    nextCheckAt: at('22T11:00'),
    leaving: 'drain',
  });
});

test('feeds', async () => {
  expect((await stores.feeds.ofTenant(tenantId)).map(({ value }) => value)).toMatchObject([
    {
      ...feed,
      state: 'disabled',
      detail: 'Microsoft disabled it.',
      startedAt: at('20T09:01'),
      startAnswered: true,
      retryAt: at('22T10:15'),
      position: at('22T09:00'),
      visitedAt: at('22T10:01'),
      sweepDueAt: at('22T11:00'),
      sweepFrom: '2026-11-20T10',
      openContents: 7,
      gaps: [{ from: at('20T10:00'), to: at('20T12:00'), why: 'It was disabled.' }],
      delivered: { day: '2026-11-22', byHour: [3, 0, 12] },
    },
  ]);
});

test('hours and the index of open ones', async () => {
  expect((await stores.hours.get(feed, hour))?.value).toMatchObject({
    hour,
    listedAt: at('22T10:00'),
    listedTo: at('22T10:00'),
    hash: 'hash-of-the-listing',
    open: false,
    sums: {
      contents: { queued: 0, delivered: 4, parked: 2, lost: 1 },
      records: { delivered: 9, duplicates: 3, parked: 5 },
    },
  });
  expect(await stores.openHours.all()).toMatchObject([{ feed, hour: '2026-11-22T10' }]);
});

test('the ledger, with rows of single records', async () => {
  const { contents, parkedRecords } = await stores.ledger.hour(feed, hour);
  expect(contents.map(({ value }) => value)).toMatchObject([
    {
      id: 'a/b',
      uri: 'https://manage.office.com/a',
      created: at('22T09:10'),
      expires: at('29T09:10'),
      state: 'parked',
      owed: ['soc', 'archive'],
      attempt: 3,
      due: at('22T10:00'),
      taken: true,
      failures: 5,
      deaths: 1,
      redrives: 2,
      hold: { by: 'message/2', until: at('22T10:10'), alone: true },
      records: { delivered: 9, duplicates: 3, parked: 5 },
      reached: true,
      hasRecordRows: true,
      saved: true,
      reason: 'It failed five times.',
      lastError: 'It answered 500.',
      firstSeen: at('22T09:12'),
      settledAt: at('22T10:02'),
      run: 'run-1',
    },
  ]);
  expect(parkedRecords).toMatchObject([
    {
      contentId: 'a/b',
      state: 'refused',
      destination: 'soc',
      ordinal: 12,
      recordId: 'r-12',
      reason: 'It answered 422.',
      firstSeen: at('22T09:15'),
    },
  ]);
  // By their keys, too: a row that is not found by its content would be listed and delivered a second time.
  expect([...(await stores.ledger.contents(feed, hour, ['a/b'])).keys()]).toEqual(['a/b']);
  expect([...(await stores.ledger.records(feed, hour, ['a/b'])).keys()]).toEqual(['a/b']);
  expect(await stores.malformed.all()).toMatchObject([
    { text: '{"v":', reason: 'The message is not JSON.', firstSeen: at('22T10:00') },
  ]);
});

test('what destinations have seen', async () => {
  const rows = await Array.fromAsync(stores.seen.read({ destination: 'soc', feed, hour }, '202611'));
  expect(rows.map(({ entries }) => [...entries])).toEqual([Array<number>(20).fill(7)]);
});

test('marks', async () => {
  expect(await stores.marks.get('throttled', tenantId)).toEqual({
    until: at('22T10:40'),
    times: 3,
    reason: 'It asked us to wait.',
  });
  expect(await stores.marks.nextCycle()).toBe(2);
  expect((await stores.destinationMarks.all()).get('soc')?.value).toMatchObject({
    standing: 'came-up',
    until: at('22T10:05'),
    since: at('22T10:00'),
    times: 4,
    reason: 'It answered 503.',
    takenAt: at('22T09:59'),
    probeSentAt: at('22T10:04'),
  });
});

test('people: history, invitations, sign-ins on their way, sessions', async () => {
  expect(await stores.history.ofTenant(tenantId, 10)).toEqual([
    { tenantId, at: at('22T10:00'), what: 'Paused.', by: 'Olivia Operator' },
  ]);
  expect(await stores.consents.invitation('hash-of-the-link')).toEqual({
    hash: 'hash-of-the-link',
    tenantId,
    expires: at('29T08:00'),
  });
  expect((await stores.consents.state('hash-of-the-state', at('22T10:31')))?.value).toMatchObject({
    hash: 'hash-of-the-state',
    tenantId,
    purpose: 'proof',
    browserHash: 'hash-of-the-browser',
    invitationHash: 'hash-of-the-link',
    expires: at('22T10:45'),
    usedAt: at('22T10:31'),
    result: 'accepted',
    person: 'Alex Admin (admin@customer.example)',
    returnTo: '/console',
  });
  expect(await stores.sessions.get('hash-of-the-cookie')).toEqual({
    hash: 'hash-of-the-cookie',
    objectId: 'object-1',
    name: 'Olivia Operator',
    role: 'Operator',
    signedInAt: at('22T10:00'),
    expires: at('22T18:00'),
  });
});
