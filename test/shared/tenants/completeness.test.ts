import { describe, expect, test } from 'vitest';

import { hourMs, hourOf } from '../../../shared/activity-api/hours.ts';
import { listHour } from '../../../shared/pipeline/list-hour.ts';
import { newFeed } from '../../../shared/state/feeds.ts';
import { createMemoryTables } from '../../support/memory-tables.ts';
import { accountOf } from '../../../shared/tenants/completeness.ts';
import { activeTenant, type TestPipeline } from '../../support/test-pipeline.ts';
import { listed, parkedRecord, parkRecords } from '../pipeline/closing-fixture.ts';
import { changeRows, close, feed, hour, hourStart, never } from '../pipeline/listing-fixture.ts';
import { meddledTables } from '../pipeline/meddled-tables.ts';

const tenant = activeTenant({ contentTypes: [feed.contentType] });
const whole = { from: hourStart - 24 * hourMs, to: hourStart + 24 * hourMs };

async function account(pipeline: TestPipeline, span = whole) {
  const [first] = await accountOf(pipeline, tenant, span);
  if (first === undefined) throw new Error('There is no feed.');
  return first;
}

const states = ['queued', 'waiting', 'delivered', 'delivered', 'parked', 'lost', 'lost', 'lost'] as const;
const reasons = ['', '', '', '', 'Bad.', 'Expired.', 'Unknown.', 'Expired.'];

/** One content of each fate. */
async function allFates(): Promise<TestPipeline> {
  const pipeline = await listed(states.length);
  const { contents } = await pipeline.ledger.hour(feed, hour);
  await pipeline.ledger.replace(
    feed,
    hour,
    contents.map(({ value, etag }, index) => ({
      etag,
      value: {
        ...value,
        state: states[index] ?? 'queued',
        owed: states[index] === 'delivered' ? [] : ['soc'],
        reason: reasons[index],
        hasRecordRows: index === 4,
        records: states[index] === 'delivered' ? { delivered: 3, duplicates: 1, parked: 0 } : value.records,
      },
      parkedRecords: index === 4 ? [parkedRecord({ contentId: value.id })] : [],
    })),
  );
  return pipeline;
}

describe('the account of an hour', () => {
  test('says what became of every content, and why any are lost', async () => {
    expect((await account(await allFates())).hours).toEqual([
      {
        hour,
        contents: { listed: 8, delivered: 2, parked: 1, lost: 3, pending: 2 },
        records: { delivered: 6, duplicates: 2, parked: 1 },
        lostReasons: [
          { reason: 'Expired.', contents: 2 },
          { reason: 'Unknown.', contents: 1 },
        ],
      },
    ]);
  });

  test('is the same when the hour is closed, reasons included', async () => {
    const pipeline = await listed(3);
    await changeRows(pipeline, { state: 'lost', reason: 'Expired.' });
    const open = await account(pipeline);
    await close(pipeline);
    expect((await pipeline.hours.get(feed, hour))?.value.open).toBe(false);
    expect(await account(pipeline)).toEqual(open);
    expect(open.hours[0]?.lostReasons).toEqual([{ reason: 'Expired.', contents: 3 }]);
  });

  test('of a closed hour in which nothing is lost is read from its sums, without a look at the ledger', async () => {
    let looks = 0;
    const tables = meddledTables(createMemoryTables(), {
      before: (call) => {
        if (call.startsWith('query ledger')) looks += 1;
      },
    });
    const pipeline = await listed(2, { tables });
    await changeRows(pipeline, { state: 'delivered', owed: [] });
    await close(pipeline);
    looks = 0;
    expect((await account(pipeline)).hours).toMatchObject([{ contents: { listed: 2, delivered: 2, pending: 0 } }]);
    expect(looks).toBe(0);
  });

  test('counts a record that several destinations refused once, also while it is replayed', async () => {
    const pipeline = await listed(2);
    await parkRecords(
      pipeline,
      { state: 'parked', owed: [] },
      parkedRecord({ destination: 'soc' }),
      parkedRecord({ destination: 'archive', state: 'queued' }),
      parkedRecord({ ordinal: 4, state: 'queued' }),
      parkedRecord({ ordinal: 5, state: 'delivered' }),
      parkedRecord({ ordinal: 6, state: 'refused' }),
      parkedRecord({ ordinal: 7, state: 'lost' }),
    );
    expect((await account(pipeline)).hours[0]?.records.parked).toBe(4);
  });
});

describe('the account of a feed', () => {
  test('holds every hour that was listed and that the span touches, in order', async () => {
    const pipeline = await listed(1);
    for (const back of [3, 1, 2]) {
      await listHour(pipeline, tenant, feed, hourOf(hourStart - back * hourMs), never);
    }
    const hoursOf = async (from: number, to: number) =>
      (await account(pipeline, { from, to })).hours.map((one) => one.hour);
    expect(await hoursOf(whole.from, whole.to)).toEqual([
      '2026-11-22T06',
      '2026-11-22T07',
      '2026-11-22T08',
      '2026-11-22T09',
    ]);
    expect(await hoursOf(hourStart - 1, hourStart)).toEqual(['2026-11-22T08']);
    expect(await hoursOf(hourStart - 1, hourStart + 1)).toEqual(['2026-11-22T08', '2026-11-22T09']);
    expect(await hoursOf(0, Date.parse('9999-12-31T23:59:59Z'))).toHaveLength(4);
    expect(await hoursOf(0, 1)).toEqual([]);
  });

  test('holds the gaps that reach into the span', async () => {
    const pipeline = await listed(1);
    const gaps = [10, 5, 1].map((back) => ({
      from: hourStart - back * hourMs,
      to: hourStart - (back - 1) * hourMs,
      why: `${back}`,
    }));
    await pipeline.feeds.insert({ ...newFeed(feed), gaps });
    const whys = async (from: number, to: number) => (await account(pipeline, { from, to })).gaps.map(({ why }) => why);
    expect(await whys(whole.from, whole.to)).toEqual(['10', '5', '1']);
    expect(await whys(hourStart - 4.5 * hourMs, hourStart)).toEqual(['5', '1']);
    expect(await whys(hourStart - 4 * hourMs, hourStart - hourMs)).toEqual([]);
  });

  test('is there for each type that the tenant has or had, in the usual order', async () => {
    const pipeline = await listed(1);
    await pipeline.feeds.insert(newFeed({ ...feed, contentType: 'DLP.All' }));
    await pipeline.feeds.insert(newFeed({ ...feed, contentType: 'Audit.AzureActiveDirectory' }));
    const feeds = await accountOf(pipeline, tenant, whole);
    expect(feeds.map(({ contentType }) => contentType)).toEqual([
      'Audit.AzureActiveDirectory',
      'Audit.Exchange',
      'DLP.All',
    ]);
  });
});
