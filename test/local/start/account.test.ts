import { describe, expect, it } from 'vitest';
import { createAccount, isClean, isSettled, totalOf } from '../../../local/start/account.ts';
import { printAccount } from '../../../local/start/account-table.ts';
import { describeProgress, measureProgress } from '../../../local/start/progress.ts';
import { createScreen } from '../../../local/start/screen.ts';
import type { FeedDetail, TenantDetail } from '../../../local/start/relay-api.ts';

const offered = { tenantId: 't', contentType: 'Audit.Exchange', contents: 3, records: 1200 };
const settled: FeedDetail = {
  contentType: 'Audit.Exchange',
  state: 'active',
  contents: { queued: 0, delivered: 3, parked: 0, lost: 0 },
  records: { delivered: 1150, duplicates: 50, parked: 0 },
};
const tenant = (feed: Partial<FeedDetail>): TenantDetail => ({
  tenantId: 't',
  name: 'Customer',
  state: 'active',
  feeds: [{ ...settled, ...feed }],
});
const rows = (feed: Partial<FeedDetail>) => createAccount([offered], [tenant(feed)]);

describe('the account', () => {
  it('is clean when all contents and records are delivered or dropped as repeats', () => {
    expect(isSettled(rows({}))).toBe(true);
    expect(isClean(rows({}))).toBe(true);
  });

  it('is not settled while a content is queued or not listed yet', () => {
    expect(isSettled(rows({ contents: { queued: 1, delivered: 2, parked: 0, lost: 0 } }))).toBe(false);
    expect(isSettled(rows({ contents: { queued: 0, delivered: 2, parked: 0, lost: 0 } }))).toBe(false);
    expect(isSettled(createAccount([offered], []))).toBe(false);
    expect(isSettled(rows({ contents: { queued: 1, delivered: 3, parked: 0, lost: 0 } }))).toBe(false);
  });

  it.each([
    { contents: { queued: 0, delivered: 2, parked: 1, lost: 0 } },
    { contents: { queued: 0, delivered: 2, parked: 0, lost: 1 } },
    { records: { delivered: 1149, duplicates: 50, parked: 1 } },
    { records: { delivered: 1149, duplicates: 50, parked: 0 } },
    { records: { delivered: 1151, duplicates: 50, parked: 0 } },
  ])('is settled, but not clean, with %j', (feed) => {
    expect(isSettled(rows(feed))).toBe(true);
    expect(isClean(rows(feed))).toBe(false);
  });

  it('is printed with totals; what is queued is unaccounted for', () => {
    const queued = rows({ contents: { queued: 1, delivered: 1, parked: 0, lost: 0 } });
    expect(totalOf([...queued, ...queued]).contents).toMatchObject({ offered: 6, queued: 2, unaccounted: 2 });
    const lines = printAccount(queued);
    expect(lines).toHaveLength(4);
    expect(lines[2]?.split(/ {2,}/)).toEqual([
      'Customer',
      'Audit.Exchange',
      '3',
      '1',
      '0',
      '0',
      '2',
      '1,200',
      '1,150',
      '50',
      '0',
      '0',
    ]);
    expect(new Set(lines.slice(1).map(({ length }) => length)).size).toBe(1);
  });
});

describe('progress', () => {
  it('counts over all tenants and gives the rate since the last look', () => {
    const one = measureProgress([tenant({}), tenant({ state: 'stopped' })], 10_000);
    const before = { ...one, time: 8_000, records: one.records - 3_000 };
    expect(describeProgress(one, before)).toBe('1 feeds · contents: 0 queued, 6 delivered · records: 2,300, 1,500/s');
    expect(describeProgress(one, one)).toContain('0/s');
  });
});

describe('the screen', () => {
  it('keeps the live line below the others on a terminal', () => {
    let text = '';
    const screen = createScreen({ isTTY: true, columns: 10, write: (part) => (text += part) });
    screen.line('one');
    screen.live('working on it');
    screen.line('two');
    screen.live('');
    expect(text).toBe('one\n\r\u001B[2Kworking o\r\u001B[2Ktwo\nworking o\r\u001B[2K');
  });

  it('has no live line elsewhere', () => {
    let text = '';
    const screen = createScreen({ write: (part) => (text += part) });
    screen.live('live');
    screen.line('one');
    expect(text).toBe('one\n');
  });
});
