import { expect, test } from 'vitest';

import { hour, minute, neighbour, sibling, standingWith, startRelay, troubled } from './relay.ts';

// Pitfalls of section 7 that no switch stands for: what broke was the collector, not the API.

test('nothing switched on, nothing to say', async () => {
  const relay = await startRelay();
  await relay.settled(1);
  await relay.expectWhole(troubled, sibling, neighbour);
  expect(relay.events.filter(({ level }) => level !== 'info')).toEqual([]);
});

test('contents are fetched side by side, not one after the other (7)', async () => {
  const relay = await startRelay();
  const { api } = relay.pipeline;
  const fetchContent = api.fetchContent.bind(api);
  let under = 0;
  let most = 0;
  api.fetchContent = async (...call) => {
    most = Math.max(most, (under += 1));
    return fetchContent(...call).finally(() => (under -= 1));
  };
  for (let n = 0; n < 18; n += 1) relay.offer(troubled);
  await relay.settled();
  await relay.expectWhole(troubled, sibling, neighbour);
  expect(most).toBeGreaterThan(10);
});

test('a content of 30 MB arrives to its last record (8, 31)', async () => {
  const relay = await startRelay();
  relay.simulator.offer(
    troubled.tenantId,
    troubled.contentType,
    { generate: { records: 10_000, bytesPerRecord: 3000 } },
    { created: relay.clock.now() - 10 * minute },
  );
  await relay.cycles(2);
  expect((await relay.standing(troubled)).contents).toEqual(standingWith({ delivered: 3 }));
  const texts = relay.received(troubled);
  expect(new Set(texts.map((text) => (JSON.parse(text) as { Id: string }).Id)).size).toBe(10_004);
});

test('a relay that stood still for nine days goes on with what is within reach, and shows the rest as a gap (14, 15)', async () => {
  const relay = await startRelay();
  await relay.settled();
  relay.clock.advance(9 * 24 * hour);
  const { clock } = relay;
  const before = relay.received(troubled).length;
  relay.simulator.offer(
    troubled.tenantId,
    troubled.contentType,
    { records: ['{"Id":"too-old"}'] },
    { created: clock.now() - 8 * 24 * hour },
  );
  const oldest = relay.offer(troubled, { created: clock.now() - 6.5 * 24 * hour });
  await relay.settled();
  expect(await relay.fateOf(oldest)).toMatchObject({ state: 'delivered' });
  expect(relay.received(troubled)).toHaveLength(before + 2);
  const { gaps, position } = await relay.standing(troubled);
  expect(gaps.map(({ from }) => from)).toContain(Date.parse('2026-11-22T10:00:00Z') + 30 * minute);
  expect(position).toBeGreaterThan(clock.now() - 2 * hour);
});

test('odd records arrive as they are (11, 23, 24, 25; 6.2)', async () => {
  const relay = await startRelay();
  const { tenantId } = troubled;
  const odd = [
    '"ClientIP":"40.85.180.197:40231"',
    '"ClientIP":"[2001:db8::1]:443"',
    '"ClientIP":null,"ResultStatus":null',
    '"ClientIP":"<null>","RecordType":"83","UserType":"0"',
    '"Parameters":["a","b"],"ExtendedProperties":"{\\"a\\":1}"',
    '"ModifiedProperties":[],"OriginatingServer":"HOST (15.20.4867.012)\\r\\n"',
    '"Text":"\\ud83d \\u2028 \\u0000 æ 🙂","Big":18446744073709551615,"Small":1.0e-7',
    '"RecordType":99999,"Workload":"SomethingNew","New":{"deep":[{"er":null}]}',
  ];
  const records = odd.map(
    (part, index) =>
      `{${part},"CreationTime":"2026-11-22T09:0${index}:00.1","Id":"odd-${index}","OrganizationId":"${tenantId}"}`,
  );
  relay.offer(troubled, {}, [...records, '{"Workload":"Neither Id nor CreationTime"}', '{}']);
  await relay.settled();
  await relay.expectWhole(troubled, sibling, neighbour);
});

test('a feed without any content is not behind, and nothing is wrong with it (36)', async () => {
  const relay = await startRelay();
  const tenant = await relay.pipeline.tenants.get(neighbour.tenantId);
  if (tenant === undefined) throw new Error('The neighbour is gone.');
  const contentTypes = [...tenant.value.contentTypes, 'Audit.General' as const];
  await relay.pipeline.tenants.replace({ ...tenant.value, contentTypes }, tenant.etag);
  await relay.cycles(10);
  const { state, lagReason, lagSeconds } = await relay.standing({ ...neighbour, contentType: 'Audit.General' });
  expect([state, lagReason]).toEqual(['active', undefined]);
  expect(lagSeconds).toBeLessThan(5 * 60);
});
