import { expect, test } from 'vitest';

import { DestinationError } from '../../../shared/delivery/destination-error.ts';
import type { FetchedContent } from '../../../shared/pipeline/fetch-content.ts';
import { verdictOn } from '../../../shared/pipeline/give-up.ts';
import { afterDelivery } from '../../../shared/pipeline/settling.ts';
import { createTestPipeline } from '../../support/test-pipeline.ts';
import { listedContent } from './forwarding.ts';

const hourMs = 3_600_000;
const whole = { delivered: 0, refused: [], suspected: [], failed: undefined };
const counted = { delivered: 4, duplicates: 1, parked: 0 };

test.each([
  ['offered nobody anything: its destination is struck off', ['old'], {}, counted],
  ['knows of fewer, for it cannot tell of those without an Id', ['soc'], { delivered: 3, duplicates: 0 }, counted],
  ['knows of fewer repeats, for a destination is out', ['soc'], { delivered: 4, duplicates: 0 }, counted],
  ['knows of more', ['soc'], { delivered: 5, duplicates: 0 }, { delivered: 5, duplicates: 0, parked: 0 }],
] as const)('what an earlier attempt counted, and one that %s', (_name, owed, change, records) => {
  const pipeline = createTestPipeline();
  const content = { ...listedContent(pipeline, 'a'), owed, records: counted };
  const destinations = new Map(owed.includes('soc' as never) ? [['soc', whole]] : []);
  const zero = { delivered: 0, duplicates: 0, tooLarge: [], foreign: 0 };
  const fetched: FetchedContent = { records: 5, destinations, ...zero, ...change };
  const at = { by: 'm1/1', configured: new Set(['soc']), now: content.firstSeen + hourMs, isDown: () => false };

  const next = afterDelivery('a', { fetched, replayed: undefined }, at).to(content, []);

  expect(next).toMatchObject({ state: 'delivered', owed: [], records });
});

const at = (names: readonly string[], now: number) => ({
  by: 'm1/1',
  configured: new Set(names),
  now,
  isDown: () => false,
});
const nothing = { delivered: 0, duplicates: 0, parked: 0 };

test.each([
  ['has all of it, for it held only repeats', whole, 'delivered'],
  ['refused all of it and leaves as well', { ...whole, refused: [0] }, 'lost'],
  ['did not take all of it and leaves as well', undefined, 'lost'],
] as const)('a content whose last owed destination leaves, while another one %s, is %s', (_name, outcome, state) => {
  const content = { ...listedContent(createTestPipeline(), 'a'), owed: ['soc', 'archive'], records: nothing };
  const { firstSeen } = content;
  const failed = new DestinationError('It is down.', { kind: 'unavailable' });
  const refusal = { ordinal: 0, recordId: '1', answer: 'No such field.', firstRefusedAt: firstSeen };
  const soc = outcome ? { ...whole, refused: outcome.refused.length > 0 ? [refusal] : [] } : { ...whole, failed };
  const destinations = new Map([
    ['soc', soc],
    ['archive', { ...whole, failed }],
  ]);
  const fetched = { records: 1, destinations, delivered: 0, duplicates: 0, tooLarge: [], foreign: 0 };
  const first = afterDelivery('a', { fetched, replayed: undefined }, at(['soc', 'archive'], firstSeen));
  const known = first.records?.(content, []) ?? [];
  const after = first.to(content, []);
  if (after === undefined) throw new Error('It was settled.');

  const names = state === 'delivered' ? ['soc'] : [];
  const value = { ...after, state: 'waiting' as const };
  const rows = { contents: [], parkedRecords: [...known] };
  const now = firstSeen + hourMs;
  const closed = verdictOn({ value, etag: '' }, rows, { now, configured: new Set(names), standing: 'here' });
  expect(closed?.change.value.state).toBe(state);
  const unfetched = { ...fetched, destinations: new Map() };
  expect(afterDelivery('a', { fetched: unfetched, replayed: undefined }, at(names, now)).to(after, known)?.state).toBe(
    state,
  );
});

test('a replayed record that another worker had a word for meanwhile keeps that', () => {
  const content = { ...listedContent(createTestPipeline(), 'a'), owed: [], records: nothing, hasRecordRows: true };
  const about = { contentId: 'a', destination: 'soc', ordinal: 0, recordId: '1', reason: 'No.', firstSeen: 0 };
  const known = [{ ...about, state: 'delivered' as const }];
  const replayed = { changed: [{ ...about, state: 'parked' as const }], repeated: new Set<number>() };
  const change = afterDelivery('a', { fetched: undefined, replayed }, at(['soc'], content.firstSeen));

  expect(change.records?.(content, known)).toEqual([]);
  expect(change.to(content, known)).toMatchObject({ state: 'delivered', records: { parked: 0 } });
});
