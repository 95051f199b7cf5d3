import { expect, test } from 'vitest';

import { guidFrom } from '../../local/simulator/guid.ts';
import { judge, type Outcome, type Verdict } from './judge.ts';
import type { OfferedContent } from './offers.ts';
import type { Taken } from './receiver.ts';

const tenantId = '11111111-2222-4333-8444-555555555555';
const record = (id: string) => ({ id, text: `{"Id":"${id}","OrganizationId":"${tenantId}","N":1.0}` });
const content = (id: string, ...records: string[]): OfferedContent => ({
  tenantId,
  contentType: 'Audit.Exchange',
  id,
  created: 0,
  records: records.map(record),
});
const outcome = (state: Outcome['state'], delivered: number, change: Partial<Outcome> = {}): Outcome => ({
  state,
  reason: undefined,
  records: { delivered, duplicates: 0, parked: 0 },
  parkedRecords: [],
  ...change,
});
const line = (contentId: string, recordId: string, text = record(recordId).text): string =>
  `{"tenantId":"${tenantId}","customerName":"C","contentType":"Audit.Exchange","contentId":"${contentId}","recordId":"${recordId}","record":${text}}`;
const taken = (...lines: string[]): Taken => ({ host: 0, from: 0, at: 0, answered: true, lines });

const verdictOn = (
  offered: readonly OfferedContent[],
  outcomes: Readonly<Record<string, Outcome>>,
  ...requests: Taken[]
): Verdict =>
  judge(offered, new Map(Object.entries(outcomes)), [{ destination: 'soc', taken: requests }], ({ id }) =>
    id.startsWith('swollen'),
  );

test('what was offered and taken adds up', () => {
  const verdict = verdictOn(
    [content('a', '1', '2')],
    { a: outcome('delivered', 2) },
    taken(line('a', '1'), line('a', '2')),
  );
  expect(verdict).toEqual({
    faults: [],
    records: { offered: 2, byDestination: [{ destination: 'soc', delivered: 2, parked: 0, lost: 0 }] },
    twice: [],
  });
});

test('a record that never arrived is a fault, unless its content is lost or parked, or it is parked by itself', () => {
  const offered = [content('a', '1')];
  const faultsWith = (one: Outcome): readonly string[] => verdictOn(offered, { a: one }).faults;
  expect(faultsWith(outcome('delivered', 1))).toEqual([
    `Record ${tenantId}/1 never arrived at soc, and nothing says why.`,
  ]);
  expect(faultsWith(outcome('lost', 0, { reason: 'expired' }))).toEqual([]);
  expect(faultsWith(outcome('parked', 0, { reason: 'no JSON' }))).toEqual([]);
  expect(faultsWith(outcome('lost', 0))).toEqual(['Content a is lost, and nothing says why.']);
  const alone = (recordId: string, destination: string | undefined) =>
    faultsWith(
      outcome('parked', 0, {
        reason: 'refused',
        records: { delivered: 0, duplicates: 0, parked: 1 },
        parkedRecords: [{ recordId, destination }],
      }),
    );
  expect(alone('1', 'soc')).toEqual([]);
  expect(alone('1', undefined)).toEqual([]);
  expect(alone('1', 'lake')).toHaveLength(1);
  expect(alone('2', 'soc')).toHaveLength(1);
});

test('a repeat may arrive from either content', () => {
  const offered = [content('a', '1'), content('b', '1')];
  const { faults, records } = verdictOn(
    offered,
    { a: outcome('lost', 0, { reason: 'expired' }), b: outcome('delivered', 1) },
    taken(line('b', '1')),
  );
  expect(faults).toEqual([]);
  expect(records).toMatchObject({ offered: 1, byDestination: [{ delivered: 1, lost: 0 }] });
});

test('a content that is not settled, not listed, or not counted right is a fault', () => {
  const offered = [content('a', '1'), content('b', '2'), content('c', '3')];
  const requests = taken(line('a', '1'), line('b', '2'), line('c', '3'));
  expect(verdictOn(offered, { a: outcome('waiting', 1), b: outcome('delivered', 7) }, requests).faults).toEqual([
    'Content a is not settled: it is waiting.',
    'Content b had 1 records, and its row counts {"delivered":7,"duplicates":0,"parked":0}.',
    'Content c was offered and is not in the ledger.',
  ]);
});

test('what was not offered, or not so, is a fault', () => {
  const offered = [content('a', '1'), content('b', '2')];
  const outcomes = { a: outcome('delivered', 1), b: outcome('delivered', 1), z: outcome('delivered', 1) };
  const good = taken(line('a', '1'), line('b', '2'));
  const bad = taken(line('a', '9'), line('z', '1'), line('b', '2', record('2').text.replace('1.0', '1')));
  expect(verdictOn(offered, outcomes, good, bad).faults).toEqual([
    'Content z is in the ledger and was not offered.',
    'Record 1 of content z, which soc took, was not offered.',
    'Record 2 of content b, which soc took, is not as it was offered.',
    'Record 9 of content a, which soc took, was not offered in that content.',
  ]);
});

test('a repeat that one content was to deliver is missed, whatever became of the other', () => {
  const offered = [content('a', '1'), content('b', '1')];
  const { faults } = verdictOn(offered, { a: outcome('lost', 0, { reason: 'expired' }), b: outcome('delivered', 1) });
  expect(faults).toEqual([`Record ${tenantId}/1 never arrived at soc, and nothing says why.`]);
});

test('a content that may swell may hold one record more, of its feed', () => {
  const offered = [content('a', '1'), content('swollen', '2')];
  const outcomes = { a: outcome('delivered', 1), swollen: outcome('delivered', 2) };
  const own = taken(line('a', '1'), line('swollen', '2'));
  expect(verdictOn(offered, outcomes, own, taken(line('swollen', '1'))).faults).toEqual([]);
  expect(verdictOn(offered, outcomes, own, taken(line('a', '2'))).faults).toHaveLength(1);
});

test('space between tokens, the order of properties and the other tenant of the switch are no change', () => {
  const { text } = record('1');
  const spread = text.replace(',', ' , ').replace(tenantId, guidFrom('another organization'));
  const turned = `{"N":1.0,"OrganizationId":"${tenantId}","Id":"1"}`;
  for (const changed of [spread, turned]) {
    const one = verdictOn([content('a', '1')], { a: outcome('delivered', 1) }, taken(line('a', '1', changed)));
    expect(one.faults).toEqual([]);
  }
});

test('what arrived more than once is told of', () => {
  const twice = verdictOn(
    [content('a', '1')],
    { a: outcome('delivered', 1) },
    taken(line('a', '1')),
    taken(line('a', '1')),
  );
  expect(twice.faults).toEqual([]);
  expect(twice.twice.map(({ arrivals }) => arrivals.map(({ recordId }) => recordId))).toEqual([['1', '1']]);
});
