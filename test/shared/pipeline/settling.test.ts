import { expect, test } from 'vitest';

import type { FetchedContent } from '../../../shared/pipeline/fetch-content.ts';
import { afterDelivery } from '../../../shared/pipeline/settling.ts';
import { createTestPipeline } from '../../support/test-pipeline.ts';
import { listedContent } from './forwarding.ts';

const hourMs = 3_600_000;
const whole = { delivered: 0, refused: [], suspected: [], failed: undefined };
const counted = { delivered: 4, duplicates: 1, parked: 0 };

test.each([
  ['offered nobody anything: its destination is struck off', ['old'], {}, counted],
  ['knows of fewer, for it cannot tell of those without an Id', ['soc'], { delivered: 3, duplicates: 0 }, counted],
  ['knows of more', ['soc'], { delivered: 5, duplicates: 0 }, { delivered: 5, duplicates: 0, parked: 0 }],
] as const)('what an earlier attempt counted, and one that %s', (_name, owed, change, records) => {
  const pipeline = createTestPipeline();
  const content = { ...listedContent(pipeline, 'a'), owed, records: counted };
  const destinations = new Map(owed.includes('soc' as never) ? [['soc', whole]] : []);
  const zero = { delivered: 0, duplicates: 0, tooLarge: [], foreign: 0 };
  const fetched: FetchedContent = { records: 5, destinations, ...zero, ...change };
  const at = { by: 'm1/1', configured: new Set(['soc']), now: content.firstSeen + hourMs, isDown: () => false };

  const next = afterDelivery('a', { fetched, replayed: [] }, at).to(content, []);

  expect(next).toMatchObject({ state: 'delivered', owed: [], records });
});
