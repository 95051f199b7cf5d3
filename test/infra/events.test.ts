import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { checkQuery, readEvents } from '../../infra/checks/events.ts';
import { loggedEvents } from './logged-events.ts';

const project = join(import.meta.dirname, '..', '..');

it('every event of the code is in the table, with its level and fields, and no other', async () => {
  const documented = readEvents(await readFile(join(project, 'infra', 'events.md'), 'utf8'));
  const inWords = (events: ReadonlyMap<string, { level: string; fields: ReadonlySet<string> }>): string[] =>
    [...events]
      .map(([event, { level, fields }]) => `${event} | ${level} | ${[...fields].toSorted().join(' ')}`)
      .toSorted();
  const logged = loggedEvents(project);
  expect(logged.size).toBeGreaterThan(20);
  expect(inWords(documented)).toEqual(inWords(logged));
}, 120_000);

const table = readEvents(
  ['| event | level | fields | when |', '|---|---|---|---|', '| `feed-behind` | warn | `lagSeconds` | often |'].join(
    '\n',
  ),
);

it('a query of documented events and fields is fine', () => {
  expect(checkQuery('A', 'where Event == "feed-behind" and tolong(Fields.lagSeconds) > 1', table)).toEqual([]);
});

it.each([
  ['where Event == "feed-ahead"', 'A looks for feed-ahead, which events.md does not have.'],
  ['where Event in ("feed-behind", "other")', 'A looks for other, which events.md does not have.'],
  [
    'where Event == "feed-behind" | where Fields.lag > 1',
    'A looks at lag, which events.md gives to none of feed-behind.',
  ],
  ['AppTraces | count', 'A looks for no event.'],
])('a query may not look for what is not logged: %s', (query, problem) => {
  expect(checkQuery('A', query, table)).toEqual([problem]);
});
