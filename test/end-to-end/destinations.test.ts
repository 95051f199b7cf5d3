import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { isClean, totalOf } from '../../local/start/account.ts';
import type { ContentType } from '../../shared/activity-api/content-types.ts';
import { asBytes, linesOf } from './delivered-lines.ts';
import { madeUpRecords } from './made-up-records.ts';
import { envelopeOf, type Receiver, type Request, startReceiver } from './receiver.ts';
import { makeFolder, patienceMs, type RunningRelay, startRelay } from './relay.ts';

const tenant = { tenantId: '5e5e5e5e-0005-4005-8005-000000000005', name: 'Två "mål"', domain: 'two.example' };
const { tenantId } = tenant;

const open = new AsyncDisposableStack();
let relay: RunningRelay;
let good: Receiver;
let bad: Receiver;
let zipped: Receiver;

beforeAll(async () => {
  const folder = await makeFolder();
  open.defer(() => folder.remove());
  [good, bad, zipped] = await Promise.all([
    startReceiver('good'),
    startReceiver('bad'),
    startReceiver('zipped', 'gzip'),
  ]);
  for (const receiver of [good, bad, zipped]) open.defer(receiver.close);
  relay = await startRelay({
    directory: folder.path,
    simulator: { tenants: [tenant] },
    environment: {
      DESTINATIONS: 'good,bad,zipped,archive',
      DESTINATION_ARCHIVE_TYPE: 'archive',
      DESTINATION_ARCHIVE_CONTAINER: 'kept',
      ...good.settings,
      ...bad.settings,
      ...zipped.settings,
    },
  });
  open.defer(() => relay.stop());
  // Old enough to lie on another day; such an hour is listed when the customer is new, and then once a day.
  offer('DLP.All', 0, Date.now() - 30 * 3_600_000);
  await relay.onboard();
});

afterAll(() => open.disposeAsync());

interface Offer {
  readonly contentType: ContentType;
  readonly created: number;
  readonly records: readonly string[];
  readonly lines: readonly string[];
}
const offers: Offer[] = [];

function offer(contentType: ContentType, first: number, created = Date.now()): Offer {
  const records = madeUpRecords(tenantId, contentType, first, 7);
  const { id } = relay.simulator.offer(tenantId, contentType, { records }, { created });
  const fields = { tenantId, customerName: tenant.name, contentType, contentId: id };
  const one = { contentType, created, records, lines: records.map((record) => envelopeOf(record, fields)) };
  offers.push(one);
  return one;
}

const offeredLines = (): string[] => offers.flatMap(({ lines }) => lines).sort();

const byId = (requests: readonly Request[]): [string, Request[]][] => [
  ...Map.groupBy(requests, (request) => request.id),
];

interface Health {
  readonly status: string;
  readonly destinations: readonly { readonly name: string; readonly status: string; readonly message?: string }[];
}
const health = async (): Promise<Health> => (await relay.get('/api/health')) as Health;

test('a request that is refused for a moment is sent again as it was, and nobody gets anything twice', async () => {
  const seen = new Set<string>();
  bad.answer = ({ id }) => (seen.size === seen.add(id).size ? 200 : 503);
  const hourAgo = Date.now() - 3_600_000;
  for (const index of [0, 1, 2]) offer('Audit.Exchange', index * 10, hourAgo);
  offer('Audit.SharePoint', 0);
  expect(isClean(await relay.settled())).toBe(true);

  for (const receiver of [good, bad, zipped]) {
    expect(receiver.wrong).toEqual([]);
    expect(receiver.accepted()).toEqual(offeredLines());
  }
  expect(bad.requests.length).toBeGreaterThan(0);
  for (const [, requests] of byId(bad.requests)) {
    expect(requests.map(({ status }) => status)).toEqual([503, 200]);
    expect(requests[1]?.lines).toEqual(requests[0]?.lines);
  }
  expect(byId(good.requests)).toHaveLength(good.requests.length);
}, 150_000);

test('a destination that is down is named, holds nobody up, and gets everything once it is up again', async () => {
  bad.answer = () => 503;
  for (const index of [0, 1, 2]) offer('Audit.General', index * 10);
  await expect.poll(async () => (await health()).status, { timeout: patienceMs }).toBe('degraded');
  expect((await health()).destinations).toEqual([
    expect.objectContaining({ name: 'good', status: 'ok' }),
    {
      name: 'bad',
      type: 'https',
      status: 'failing',
      message: expect.stringMatching(
        /^Destination bad cannot take records now \(HTTP 503\); .+\. \(Failed .+ since .+; asked again at .+\.\)$/,
      ) as string,
    },
    expect.objectContaining({ name: 'zipped', status: 'ok' }),
    expect.objectContaining({ name: 'archive', status: 'ok' }),
  ]);
  for (const receiver of [good, zipped]) expect(receiver.accepted()).toEqual(offeredLines());
  expect(bad.accepted()).toHaveLength(offeredLines().length - 21);
  const waiting = (await relay.account()).find(({ contentType }) => contentType === 'Audit.General');
  expect(waiting?.contents).toMatchObject({ queued: 3, delivered: 0 });

  bad.answer = () => 200;
  const rows = await relay.settled();
  expect(isClean(rows)).toBe(true);
  expect(totalOf(rows).records).toMatchObject({ delivered: offeredLines().length, duplicates: 0 });
  for (const receiver of [good, bad, zipped]) {
    expect(receiver.wrong).toEqual([]);
    expect(receiver.accepted()).toEqual(offeredLines());
  }
  for (const [, requests] of byId(bad.requests)) {
    for (const { lines } of requests) expect(lines).toEqual(requests[0]?.lines);
  }
  expect((await health()).status).toBe('ok');
}, 150_000);

test('the archive holds the same records, under the hour of their contents', async () => {
  expect(isClean(await relay.settled())).toBe(true);

  const container = relay.clients.blobs.getContainerClient('kept');
  const found = new Map<string, string[]>();
  for await (const { name } of container.listBlobsFlat()) {
    const [, place, hash] = /^(.+)\/([0-9a-f]{64})\.ndjson\.gz$/.exec(name) ?? [];
    if (place === undefined) throw new Error(`${name} is no name for a delivery.`);
    const plain = gunzipSync(await container.getBlobClient(name).downloadToBuffer());
    expect(createHash('sha256').update(plain).digest('hex')).toBe(hash);
    found.set(place, [...(found.get(place) ?? []), ...linesOf(plain)].sort());
  }
  const expected = Map.groupBy(offers, ({ contentType, created }) => {
    const hour = new Date(created).toISOString().slice(0, 13).replace(/[-T]/g, '/');
    return `${tenantId}/${contentType}/${hour}`;
  });
  expect(Object.fromEntries(found)).toEqual(
    Object.fromEntries(
      [...expected].map(([place, of]) => [place, of.flatMap(({ records }) => records.map(asBytes)).sort()]),
    ),
  );
}, 150_000);
