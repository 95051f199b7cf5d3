import { expect, test } from 'vitest';

import type { FetchedContent } from '../../../shared/pipeline/fetch-content.ts';
import { rowsAfterFetch } from '../../../shared/pipeline/record-rows.ts';
import type { ParkedRecord } from '../../../shared/state/ledger-row.ts';

const row = (state: ParkedRecord['state'], destination?: string): ParkedRecord => ({
  contentId: 'c',
  state,
  destination,
  ordinal: 2,
  recordId: 'r',
  reason: 'It was given up.',
  firstSeen: 1,
});

/** A content of three records, the last of them too large. */
const fetched: FetchedContent = {
  records: 3,
  delivered: 2,
  duplicates: 0,
  tooLarge: [{ ordinal: 2, id: 'r', offset: 100, length: 5_000_000 }],
  foreign: 0,
  destinations: new Map(),
};

test.each([
  ['was lost when its tenant left, which is here again, is parked anew', [row('lost')], ['parked']],
  ['is new is parked', [], ['parked']],
  ['is parked stays as it is', [row('parked')], []],
  ['was replayed stays as it is', [row('queued')], []],
] as const)('a record that is too large and %s', (_name, known, states) => {
  expect(rowsAfterFetch('c', known, fetched, 7).map(({ state }) => state)).toEqual(states);
});
