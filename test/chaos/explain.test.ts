import { expect, test } from 'vitest';

import type { Arrival } from './arrivals.ts';
import { type Cause, countCauses, explain, type Happenings } from './explain.ts';

const arrival = (contentId: string, at: number, answered = true): Arrival => ({
  tenantId: 't',
  contentType: 'Audit.Exchange',
  contentId,
  recordId: '1',
  text: '{}',
  request: { host: 0, from: at - 10, at, answered, lines: [] },
});

const nothing: Happenings = { kills: [], pauses: [], fetches: new Map() };

const cases: [string, Arrival, Arrival, Partial<Happenings>, Cause][] = [
  ['a cut', arrival('a', 1000, false), arrival('a', 20_000), {}, 'the connection broke after the destination had it'],
  [
    'a kill right after',
    arrival('a', 1000),
    arrival('a', 90_000),
    { kills: [{ host: 0, at: 1200 }] },
    'its host was killed before it could note it',
  ],
  [
    'a kill of the other host',
    arrival('a', 1000),
    arrival('a', 90_000),
    { kills: [{ host: 1, at: 1200 }] },
    'unexplained',
  ],
  ['a kill much later', arrival('a', 1000), arrival('a', 90_000), { kills: [{ host: 0, at: 60_000 }] }, 'unexplained'],
  [
    'a pause when it was to be noted',
    arrival('a', 1000),
    arrival('b', 60_000),
    { pauses: [{ from: 900, until: 24_000 }] },
    'the storage was paused before it could be noted',
  ],
  [
    'a fetch of the other content before the first was noted',
    arrival('a', 10_000),
    arrival('b', 40_000),
    { fetches: new Map([['b', [500, 9_000, 50_000]]]) },
    'two contents with it were in flight at the same moment',
  ],
  [
    'two fetches of one content',
    arrival('a', 10_000),
    arrival('a', 11_000),
    { fetches: new Map([['a', [9_000, 9_500]]]) },
    'one content was in two hands at the same moment',
  ],
  [
    'a fetch long after the first',
    arrival('a', 10_000),
    arrival('b', 60_000),
    { fetches: new Map([['b', [59_000]]]) },
    'unexplained',
  ],
];

test.each(cases)('%s', (_name, first, second, happenings, cause) => {
  expect(explain(first, second, { ...nothing, ...happenings })).toBe(cause);
});

test('each arrival after the first is counted, in the order in which they came', () => {
  const list = [arrival('a', 90_000), arrival('a', 1000, false), arrival('a', 50_000)];
  const causes = countCauses([list], nothing);
  expect([...causes].map(([cause, arrivals]) => [cause, arrivals.map(({ second }) => second.request.at)])).toEqual([
    ['the connection broke after the destination had it', [50_000]],
    ['unexplained', [90_000]],
  ]);
});
