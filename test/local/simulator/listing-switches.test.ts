import { expect, test } from 'vitest';
import { errorOf, hour, iso, listed, noon, read, tenantId, useCaller } from './caller.ts';
import type { Reply } from './caller.ts';

const type = 'Audit.Exchange';
const caller = useCaller(type);

const offerAt = (created: number) => caller.offer(tenantId, type, { records: ['{"Id":"1"}'] }, { created });
const idsOf = (reply: Reply): string[] => listed(reply).map(({ contentId }) => contentId);

/** The ids on each page, following NextPageUri at most that often. */
async function pages(most = 10, query: Readonly<Record<string, string>> = {}) {
  const ids: string[][] = [];
  const nexts: string[] = [];
  let reply = await caller.list(type, query);
  for (;;) {
    ids.push(idsOf(reply));
    const next = reply.headers.get('nextpageuri');
    if (next === null || nexts.length === most) return { ids, nexts };
    nexts.push(next);
    reply = await read(await fetch(next, { headers: { authorization: `Bearer ${await caller.token()}` } }));
  }
}

test('pages may never end: with new addresses, or the same one', async () => {
  const { id } = offerAt(noon - 1);
  caller.switches.set('endless-pages', 'new');
  const fresh = await pages(6);
  expect(fresh.ids).toEqual([[id], [], [], [], [], [], []]);
  expect(new Set(fresh.nexts).size).toBe(6);
  caller.switches.set('endless-pages', 'same');
  expect(new Set((await pages(6)).nexts).size).toBe(1);
});

test('NextPageUri may be written in other ways, and is good in each', async () => {
  caller.switches.set('page-size', 1);
  const ids = [offerAt(noon - 2).id, offerAt(noon - 1).id];
  caller.switches.set('next-page-style', { publisher: true, version: 'v1', parameter: 'nextpage' });
  const followed = await pages();
  expect(followed.ids).toEqual(ids.map((id) => [id]));
  expect(followed.nexts[0]).toMatch(/\/api\/v1\/.*&nextpage=[\w-]+&PublisherIdentifier=[0-9a-f-]{36}$/);
});

test('a page may begin with the last content of the page before it', async () => {
  caller.switches.set('page-size', 2);
  caller.switches.set('repeated-on-next-page', true);
  const ids = [5, 4, 3, 2, 1].map((back) => offerAt(noon - back).id);
  expect((await pages()).ids).toEqual([ids.slice(0, 2), ids.slice(1, 4), ids.slice(3)]);
});

test('a listing may be unsorted', async () => {
  caller.switches.set('page-size', 2);
  caller.switches.set('unsorted-listing', true);
  const [first, second, third] = [3, 2, 1].map((back) => offerAt(noon - back).id);
  expect((await pages()).ids).toEqual([[second, first], [third]]);
});

test('contents expire after as many days as switched', async () => {
  const { id } = offerAt(noon - hour);
  caller.switches.set('expiry-days', 21);
  expect(listed(await caller.list(type))[0]?.contentExpiration).toBe('2026-12-13T11:00:00.000Z');
  caller.switches.set('expiry-days', 0);
  const [item] = listed(await caller.list(type));
  expect(item).toMatchObject({ contentId: id, contentExpiration: '2026-11-22T11:00:00.000Z' });
  expect(errorOf(await read(await caller.fetch(item?.contentUri ?? ''))).code).toBe('AF20051');
});

test('nothing is listed for a while after the start, and nothing from long before it', async () => {
  caller.switches.set('first-content', { delaySeconds: 600, backfillHours: 2 });
  offerAt(noon - 3 * hour);
  const { id } = offerAt(noon - hour);
  expect(idsOf(await caller.list(type))).toEqual([]);
  caller.clock.now += 600_000;
  expect(idsOf(await caller.list(type))).toEqual([id]);
});

test('a content that windows cut into comes in parts that add up, each under an id of its own', async () => {
  caller.switches.set('partial-contents', true);
  const records = Array.from({ length: 40 }, (_, index) => `{"Id":"${index}","Big":12345678901234567890}`);
  const contentId = `20261122105930000000000$20261122110030000000000$audit_exchange$Audit_Exchange$na0014`;
  caller.offer(tenantId, type, { records }, { created: Date.parse('2026-11-22T11:00:30Z'), contentId });
  const window = async (from: number, to: number) =>
    listed(await caller.list(type, { startTime: iso(from), endTime: iso(to) }));
  const bodyOf = async (uri = '') => await (await caller.fetch(uri)).text();

  const [before, ...none] = await window(noon - 2 * hour, noon - hour);
  const [after, ...nor] = await window(noon - hour, noon);
  expect([...none, ...nor]).toEqual([]);
  expect(before).toMatchObject({
    contentId: '20261122105930000000000$20261122105959999000000$audit_exchange$Audit_Exchange$na0014',
    contentCreated: '2026-11-22T10:59:59.999Z',
  });
  expect(after).toMatchObject({
    contentId: '20261122110000000000000$20261122110030000000000$audit_exchange$Audit_Exchange$na0014',
    contentCreated: '2026-11-22T11:00:30.000Z',
  });
  const parts = [await bodyOf(before?.contentUri), await bodyOf(after?.contentUri)];
  expect(parts.map((text) => text.slice(1, -1)).join(',')).toBe(records.join(','));
  expect((await window(noon - 2 * hour, noon)).map((item) => item.contentId)).toEqual([contentId]);
  expect(await window(noon, noon + hour)).toEqual([]);
});
