import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, describe, it } from 'vitest';

import type { Content as OfferedContent } from '../../local/simulator/body.ts';
import type { SwitchInput, SwitchName } from '../../local/simulator/switch-table.ts';
import type { FeedDetail, TenantDetail } from '../../local/start/relay-api.ts';
import type { ContentType } from '../../shared/activity-api/content-types.ts';
import { hourOf } from '../../shared/activity-api/hours.ts';
import { printBatch } from '../../shared/pipeline/batch-message.ts';
import { createAzureTables } from '../../shared/state/azure-tables.ts';
import { createLedger, type Ledger } from '../../shared/state/ledger.ts';
import type { LedgerContent } from '../../shared/state/ledger-row.ts';
import { asBytes, deliveredLines } from './delivered-lines.ts';
import { madeUpRecords } from './made-up-records.ts';
import { makeFolder, patienceMs, type RunningRelay, startRelay } from './relay.ts';

const throttled = { tenantId: '6f6f6f6f-0006-4006-8006-000000000006', name: 'Throttled', domain: 'throttled.example' };
const unlucky = { tenantId: '7a7a7a7a-0007-4007-8007-000000000007', name: 'Unlucky', domain: 'unlucky.example' };
const broken = { tenantId: '8b8b8b8b-0008-4008-8008-000000000008', name: 'Broken', domain: 'broken.example' };
const limit = { timeout: patienceMs };

const open = new AsyncDisposableStack();
let relay: RunningRelay;
let ledger: Ledger;

beforeAll(async () => {
  const folder = await makeFolder();
  open.defer(() => folder.remove());
  relay = await startRelay({ directory: folder.path, simulator: { tenants: [throttled, unlucky, broken] } });
  open.defer(() => relay.stop());
  const tables = createAzureTables(relay.clients);
  ledger = createLedger(tables);
  await relay.onboard();
}, patienceMs);

afterAll(() => open.disposeAsync());

interface Parked {
  readonly contentId: string;
  readonly reason: string;
  readonly failures: number;
  readonly replayableUntil: string;
}

/** One feed that the test has for itself, so that all faults can be waited for at the same time. */
function feedOf({ tenantId }: { tenantId: string }, contentType: ContentType) {
  const scope = { tenantId, contentType };
  return {
    ...scope,
    set<Name extends SwitchName>(name: Name, value: SwitchInput<Name>): void {
      relay.simulator.switches.set(name, value, scope);
    },
    offer: (records: readonly string[], expires?: number) =>
      relay.simulator.offer(tenantId, contentType, { records }, { expires }),
    lines: () => deliveredLines(`${relay.delivered}/${tenantId}/${contentType}`),
    standing: async (): Promise<Pick<FeedDetail, 'contents' | 'records'>> => {
      const { feeds } = (await relay.get(`/api/tenants/${tenantId}`)) as TenantDetail;
      const feed = feeds.find((one) => one.contentType === contentType);
      if (feed === undefined) throw new Error(`${contentType} is not among the feeds.`);
      return { contents: feed.contents, records: feed.records };
    },
    parked: async (): Promise<readonly Parked[]> => {
      const { parked } = (await relay.get('/api/parked')) as { parked: (Parked & typeof scope)[] };
      return parked.filter((one) => one.tenantId === tenantId && one.contentType === contentType);
    },
  };
}

/** What the ledger has on a content that nobody is working on; `undefined` while somebody is. */
async function atRest(content: OfferedContent): Promise<LedgerContent | undefined> {
  const { id, created } = content;
  const row = (await ledger.contents(content, hourOf(created), [id])).get(id)?.value;
  return row?.hold === undefined ? row : undefined;
}

/**
 * A message that was put back is invisible for 10 s and more. A queue may hand out a message twice, so a second copy of
 * it, at once, is nothing that could not happen.
 */
async function handOutNow(content: OfferedContent): Promise<void> {
  const row = await atRest(content);
  if (row === undefined) throw new Error(`Nobody put content ${content.id} back.`);
  const text = printBatch({ ...content, hour: hourOf(content.created), attempt: row.attempt, contents: [row] });
  await relay.clients.queues.getQueueClient('content').sendMessage(text);
}

const standing = (contents: Partial<FeedDetail['contents']>, records: Partial<FeedDetail['records']>) => ({
  contents: { queued: 0, delivered: 0, parked: 0, lost: 0, ...contents },
  records: { delivered: 0, duplicates: 0, parked: 0, ...records },
});

describe.concurrent('the whole app', { timeout: 2 * patienceMs }, () => {
  it('delivers what was throttled with 403', async ({ expect }) => {
    const feed = feedOf(throttled, 'Audit.Exchange');
    const records = madeUpRecords(feed.tenantId, feed.contentType, 0, 3);
    relay.simulator.switches.set('throttle', { times: 1, operations: ['fetch'] }, { tenantId: feed.tenantId });
    feed.offer(records);
    await expect.poll(feed.standing, limit).toEqual(standing({ delivered: 1 }, { delivered: 3 }));
    expect(await feed.lines()).toEqual(records.map(asBytes).sort());
    const statuses = relay.simulator
      .requests()
      .filter(({ operation, tenantId }) => operation === 'fetch' && tenantId === feed.tenantId)
      .map(({ status, count }) => [status, count]);
    expect(Object.fromEntries(statuses)).toMatchObject({ 403: 1 });
  });

  it('delivers what came as 500 at first', async ({ expect }) => {
    const feed = feedOf(unlucky, 'Audit.AzureActiveDirectory');
    const records = madeUpRecords(feed.tenantId, feed.contentType, 0, 3);
    feed.set('content-status', { status: 500, times: 1 });
    feed.offer(records);
    await expect.poll(feed.standing, limit).toEqual(standing({ delivered: 1 }, { delivered: 3 }));
    expect(await feed.lines()).toEqual(records.map(asBytes).sort());
  });

  it('delivers what ended half-way at first', async ({ expect }) => {
    const feed = feedOf(unlucky, 'Audit.General');
    const records = madeUpRecords(feed.tenantId, feed.contentType, 0, 10);
    feed.set('truncated-body', { how: 'clean', times: 1 });
    feed.offer(records);
    await expect.poll(feed.standing, limit).toEqual(standing({ delivered: 1 }, { delivered: 10 }));
    // What arrived before the end may arrive once more.
    expect([...new Set(await feed.lines())]).toEqual(records.map(asBytes).sort());
  });

  it('delivers what the connection broke under at first', async ({ expect }) => {
    const feed = feedOf(broken, 'Audit.General');
    const records = madeUpRecords(feed.tenantId, feed.contentType, 0, 10);
    feed.set('truncated-body', { how: 'reset', times: 1 });
    const content = feed.offer(records);
    await expect.poll(async () => (await atRest(content))?.attempt, limit).toBe(2);
    await handOutNow(content);
    await expect.poll(feed.standing, limit).toEqual(standing({ delivered: 1 }, { delivered: 10 }));
    expect([...new Set(await feed.lines())]).toEqual(records.map(asBytes).sort());
  });

  it('parks what never is JSON, and delivers it when it is replayed', async ({ expect }) => {
    const feed = feedOf(unlucky, 'Audit.SharePoint');
    const [first, second] = [0, 10].map((from) => madeUpRecords(feed.tenantId, feed.contentType, from, 4));
    const bad = feed.offer(first ?? []);
    feed.set('invalid-json', { where: 'start', times: null });
    for (let failures = 1; failures <= 4; failures += 1) {
      await expect.poll(async () => (await atRest(bad))?.failures, limit).toBe(failures);
      await handOutNow(bad);
    }
    await expect.poll(feed.parked, limit).toEqual([
      {
        tenantId: feed.tenantId,
        contentType: feed.contentType,
        contentId: bad.id,
        reason: expect.stringMatching(/cannot be cut into records/) as unknown,
        failures: 5,
        firstSeen: expect.any(String) as unknown,
        lastError: expect.stringMatching(/cannot be cut into records/) as unknown,
        replayableUntil: new Date(bad.expires).toISOString(),
      },
    ]);
    expect(await feed.standing()).toEqual(standing({ parked: 1 }, {}));

    relay.simulator.switches.reset('invalid-json', { tenantId: feed.tenantId, contentType: feed.contentType });
    feed.offer(second ?? []);
    await expect.poll(feed.standing, limit).toEqual(standing({ parked: 1, delivered: 1 }, { delivered: 4 }));
    expect(await relay.post('/api/parked/replay', { contentIds: [bad.id] })).toEqual({ replayed: 1 });
    await expect.poll(feed.standing, limit).toEqual(standing({ delivered: 2 }, { delivered: 8 }));
    expect(await feed.lines()).toEqual([...(first ?? []), ...(second ?? [])].map(asBytes).sort());
    expect(await feed.parked()).toEqual([]);
  });

  it('delivers the neighbours of a content that cannot be cut', async ({ expect }) => {
    const feed = feedOf(throttled, 'Audit.SharePoint');
    const records = madeUpRecords(feed.tenantId, feed.contentType, 0, 3);
    const { tenantId, contentType } = feed;
    const created = Date.now() - 3_600_000;
    feed.offer(records);
    relay.simulator.offer(tenantId, contentType, { body: '<html>Sorry</html>' }, { created });
    const more = madeUpRecords(feed.tenantId, feed.contentType, 10, 3);
    relay.simulator.offer(tenantId, contentType, { records: more }, { created });
    await expect.poll(feed.standing, limit).toEqual(standing({ delivered: 2, queued: 1 }, { delivered: 6 }));
    expect(await feed.lines()).toEqual([...records, ...more].map(asBytes).sort());
  });

  it('parks a content whose address leads elsewhere, and nothing is sent there', async ({ expect }) => {
    const visits: string[] = [];
    const elsewhere = createServer((request, response) => {
      visits.push(String(request.url));
      response.end('[]');
    }).listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    const origin = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
    const feed = feedOf(unlucky, 'DLP.All');
    feed.set('foreign-content-uri', origin);
    const { id } = feed.offer(madeUpRecords(feed.tenantId, feed.contentType, 0, 1));
    await expect.poll(feed.parked, limit).toEqual([
      expect.objectContaining({
        contentId: id,
        reason: `The content address for tenant ${feed.tenantId} was refused because it leads to "${origin}" instead of "${relay.simulator.managementUrl}"; no token was sent to it.`,
      }),
    ]);
    expect(await feed.standing()).toEqual(standing({ parked: 1 }, {}));
    expect(visits).toEqual([]);
    elsewhere.close();
  });

  it('counts a content that expired as lost', async ({ expect }) => {
    const feed = feedOf(throttled, 'DLP.All');
    const content = feed.offer(madeUpRecords(feed.tenantId, feed.contentType, 0, 2), Date.now() - 1000);
    await expect.poll(feed.standing, limit).toEqual(standing({ lost: 1 }, {}));
    expect((await atRest(content))?.reason).toMatch(/expired/);
    expect(await feed.lines()).toEqual([]);
  });
});
