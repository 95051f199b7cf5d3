import { expect, test } from 'vitest';
import { errorOf, hour, iso, listed, noon, otherTenantId, read, tenantId, useCaller } from './caller.ts';

const type = 'Audit.Exchange';
const caller = useCaller(type);

const offerAt = (created: number) => caller.offer(tenantId, type, { records: ['{"Id":"1"}'] }, { created });

const nextPage = async (uri: string) =>
  await read(await fetch(uri, { headers: { authorization: `Bearer ${await caller.token()}` } }));

test('lists what was created in the window: start inclusive, end exclusive, in order', async () => {
  const inside = [offerAt(noon - hour), offerAt(noon - 1), offerAt(noon - 30_000)];
  offerAt(noon - hour - 1);
  offerAt(noon);
  caller.offer(tenantId, 'Audit.General', { records: [] }, { created: noon - 5 });
  caller.offer(otherTenantId, type, { records: [] }, { created: noon - 5 });
  const reply = await caller.list(type, { startTime: iso(noon - hour), endTime: iso(noon) });
  expect(reply.headers.get('nextpageuri')).toBeNull();
  const items = listed(reply);
  expect(items.map(({ contentId }) => contentId)).toEqual([inside[0]?.id, inside[2]?.id, inside[1]?.id]);
  expect(items[0]).toEqual({
    contentType: type,
    contentId: inside[0]?.id,
    contentUri: `${caller.managementUrl}/api/v1.0/${tenantId}/activity/feed/audit/${inside[0]?.id ?? ''}`,
    contentCreated: '2026-11-22T11:00:00.000Z',
    contentExpiration: '2026-11-29T11:00:00.000Z',
  });
  expect(items[0]?.contentId).toMatch(/^\d{23}\$20261122110000000\d{6}\$audit_exchange\$Audit_Exchange\$[a-z]+\d{4}$/);
});

test('an empty window is an empty array', async () => {
  expect((await caller.list(type)).text).toBe('[]');
});

test('query names and content types are taken in any letter case', async () => {
  offerAt(noon - 1);
  const path = `${tenantId}/activity/feed/subscriptions/content`;
  const query = { contenttype: 'AUDIT.exchange', STARTTIME: iso(noon - hour), endtime: iso(noon) };
  expect(listed(await caller.api('GET', path, query))).toHaveLength(1);
});

test.each([
  '2026-11-22',
  '2026-11-22T00:00',
  '2026-11-22T00:00:00',
  '2026-11-22T00:00:00Z',
  '2026-11-22T00:00:00.000Z',
  '2026-11-22T00:00Z',
])('takes the time %s', async (startTime) => {
  offerAt(noon - 12 * hour);
  expect(listed(await caller.list(type, { startTime, endTime: iso(noon) }))).toHaveLength(1);
});

test.each([
  ['no start', { startTime: undefined }, 'AF20030'],
  ['no end', { endTime: undefined }, 'AF20030'],
  ['start equal to end', { startTime: iso(noon), endTime: iso(noon) }, 'AF20055'],
  ['start after end', { startTime: iso(noon), endTime: iso(noon - 1000) }, 'AF20055'],
  ['over 24 hours', { startTime: iso(noon - 24 * hour - 1000), endTime: iso(noon) }, 'AF20055'],
  ['over 7 days back', { startTime: iso(noon - 168 * hour - 1000), endTime: iso(noon - 160 * hour) }, 'AF20055'],
  ['a time that is none', { startTime: 'yesterday' }, 'AF20002'],
  ['an offset that became a space', { startTime: '2026-11-22T00:00:00 00:00' }, 'AF20002'],
])('refuses a window with %s', async (_, changed, code) => {
  const query = { startTime: iso(noon - hour), endTime: iso(noon), ...changed };
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const path = `${tenantId}/activity/feed/subscriptions/content`;
  const reply = await caller.api('GET', path, { contentType: type, ...Object.fromEntries(given) });
  expect([reply.status, errorOf(reply).code]).toEqual([400, code]);
});

test('the oldest and the widest window that are allowed are', async () => {
  offerAt(noon - 168 * hour);
  expect(
    listed(await caller.list(type, { startTime: iso(noon - 168 * hour), endTime: iso(noon - 144 * hour) })),
  ).toHaveLength(1);
});

test('pages follow one another by NextPageUri until it is absent', async () => {
  caller.switches.set('page-size', 2, { tenantId, contentType: type });
  const offered = [5, 4, 3, 2, 1].map((back) => offerAt(noon - back).id);
  const seen: string[][] = [];
  let reply = await caller.list(type);
  for (;;) {
    seen.push(listed(reply).map(({ contentId }) => contentId));
    const next = reply.headers.get('NextPageUri');
    if (next === null) break;
    expect(next).toMatch(
      new RegExp(`^${caller.managementUrl}/api/v1\\.0/${tenantId}/activity/feed/subscriptions/content\\?`),
    );
    expect(next).not.toContain('PublisherIdentifier');
    reply = await nextPage(next);
  }
  expect(seen).toEqual([offered.slice(0, 2), offered.slice(2, 4), offered.slice(4)]);
});

test('contents of one millisecond are not lost between pages', async () => {
  caller.switches.set('page-size', 1);
  const offered = [offerAt(noon - 1).id, offerAt(noon - 1).id];
  const first = await caller.list(type);
  const second = await nextPage(first.headers.get('nextpageuri') ?? '');
  expect([...listed(first), ...listed(second)].map(({ contentId }) => contentId)).toEqual(offered);
});

test('a page token that was made up, or belongs to another window, is AF20031', async () => {
  caller.switches.set('page-size', 1);
  offerAt(noon - 1);
  offerAt(noon - 2);
  const next = new URL((await caller.list(type)).headers.get('nextpageuri') ?? '');
  const other = new URL(next);
  other.searchParams.set('startTime', iso(noon - 22 * hour));
  const made = new URL(next);
  made.searchParams.set('nextPage', 'AAAA');
  expect(errorOf(await nextPage(other.href)).code).toBe('AF20031');
  expect(errorOf(await nextPage(made.href)).code).toBe('AF20031');
  expect((await nextPage(next.href)).status).toBe(200);
});

test('a page token goes stale when switched on, once for each count', async () => {
  caller.switches.set('page-size', 1);
  caller.switches.set('stale-page-token', 1);
  offerAt(noon - 1);
  offerAt(noon - 2);
  const next = (await caller.list(type)).headers.get('nextpageuri') ?? '';
  expect(errorOf(await nextPage(next)).code).toBe('AF20031');
  expect((await nextPage(next)).status).toBe(200);
});

test('an empty page may carry NextPageUri', async () => {
  caller.switches.set('page-size', 1);
  caller.switches.set('empty-page-with-next', true);
  offerAt(noon - 1);
  offerAt(noon - 2);
  const sizes: number[] = [];
  let reply = await caller.list(type);
  for (;;) {
    sizes.push(listed(reply).length);
    const next = reply.headers.get('nextpageuri');
    if (next === null) break;
    reply = await nextPage(next);
  }
  expect(sizes).toEqual([0, 1, 0, 1]);
});

test('what became available between a stop and a start is never listed', async () => {
  const path = `${tenantId}/activity/feed/subscriptions/stop`;
  const before = offerAt(noon - 1);
  caller.clock.now += 1000;
  await caller.api('POST', path, { contentType: type });
  caller.offer(tenantId, type, { records: [] }, { created: noon + 2000 });
  caller.clock.now += hour;
  await caller.start(type);
  const after = caller.offer(tenantId, type, { records: [] });
  expect(listed(await caller.list(type)).map(({ contentId }) => contentId)).toEqual([before.id, after.id]);
});

test('a content is listed late, with its earlier time', async () => {
  caller.switches.set('late-listed', { seconds: 600, every: 2 });
  const first = offerAt(noon - 60_000);
  const second = offerAt(noon - 50_000);
  expect(listed(await caller.list(type)).map(({ contentId }) => contentId)).toEqual([second.id]);
  caller.clock.now += 600_000;
  expect(listed(await caller.list(type)).map(({ contentId }) => contentId)).toEqual([first.id, second.id]);
});

test('a content may be offered for later', async () => {
  caller.offer(tenantId, type, { records: [] }, { created: noon - 1000, listable: noon + 1000 });
  expect(listed(await caller.list(type))).toEqual([]);
  caller.clock.now += 1000;
  expect(listed(await caller.list(type))).toHaveLength(1);
});

test('expired contents are listed all the same', async () => {
  caller.offer(tenantId, type, { records: [] }, { created: noon - 1000, expires: noon - 500 });
  expect(listed(await caller.list(type))).toMatchObject([{ contentExpiration: '2026-11-22T11:59:59.500Z' }]);
});

test.each([
  ['scheme', 'ftp://127.0.0.1:'],
  ['host', 'http://manage.office.example:'],
  ['port', 'http://127.0.0.1:1/'],
  ['tenant', '/api/v1.0/00000000-dead-4bad-8bad-000000000000/'],
] as const)('addresses may lead elsewhere, by their %s', async (part, expected) => {
  caller.switches.set('page-size', 1);
  caller.switches.set('foreign-content-uri', part);
  caller.switches.set('foreign-next-page-uri', part);
  offerAt(noon - 1);
  offerAt(noon - 2);
  const reply = await caller.list(type);
  expect(listed(reply)[0]?.contentUri).toContain(expected);
  expect(reply.headers.get('nextpageuri')).toContain(expected);
});
