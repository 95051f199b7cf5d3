import { describe, expect, test } from 'vitest';

import { listParked } from '../../../shared/pipeline/parked.ts';
import { receiveMessage } from '../../../shared/pipeline/receive-message.ts';
import { tenantId } from '../../support/test-pipeline.ts';
import { feed, hour, rowOf } from './forwarding.ts';
import { parked, withParked, withParkedRecords } from './parked-fixture.ts';

/** The retention of 30 days after the last hour of November. */
const forgotten = Date.parse('2026-12-31T00:00:00Z');

describe('listing', () => {
  test('a parked content, as the API shows it', async () => {
    const pipeline = await withParked();
    const row = await rowOf(pipeline, 'a');
    expect((await listParked(pipeline)).find(({ contentId }) => contentId === 'a')).toEqual({
      tenantId,
      contentType: 'Audit.Exchange',
      contentId: 'a',
      reason: 'It was rejected.',
      failures: 5,
      firstSeen: row.firstSeen,
      lastError: 'It was rejected.',
      replayableUntil: row.expires,
    });
  });

  test.each([['parked'], ['queued'], ['waiting']] as const)(
    'a content that is %s shows one entry for each of its parked records',
    async (state) => {
      const pipeline = await withParkedRecords({ state });
      const common = { tenantId, contentType: 'Audit.Exchange', contentId: 'a', failures: 0 };
      const firstSeen = pipeline.clock.now() - 1000;
      expect(await listParked(pipeline)).toEqual(
        [
          { recordId: 'big', reason: 'It is over 4 MB long.' },
          { recordId: null, reason: 'The destination soc said: no.' },
        ].map((one) => ({ ...common, ...one, lastError: one.reason, firstSeen, replayableUntil: forgotten })),
      );
    },
  );

  test('a content that failed and has parked records besides shows both', async () => {
    const pipeline = await withParkedRecords({ ...parked, owed: ['soc'] });
    const entries = await listParked(pipeline);
    expect(entries.map((entry) => 'recordId' in entry)).toEqual([true, true, false]);
  });

  test('a saved content can be replayed until it is forgotten, one that has expired unsaved cannot', async () => {
    const pipeline = await withParked();
    const { contents } = await pipeline.ledger.hour(feed, hour);
    const saved = contents.filter(({ value }) => value.id === 'a');
    await pipeline.ledger.replace(
      feed,
      hour,
      saved.map(({ value, etag }) => ({ value: { ...value, saved: true }, etag })),
    );
    pipeline.clock.advance(8 * 86_400_000);
    expect(await listParked(pipeline)).toMatchObject([
      { contentId: 'a', reason: 'It was rejected.', replayableUntil: forgotten },
      { contentId: 'b', reason: 'It was rejected. It has expired, so it cannot be replayed.', replayableUntil: null },
    ]);
  });

  test('is ordered by first sight and holds malformed messages, which belong to nobody', async () => {
    const pipeline = await withParked();
    pipeline.clock.advance(1_000);
    await receiveMessage(pipeline, 'hello', { messageId: 'm1', dequeueCount: 1 });
    const entries = await listParked(pipeline);
    expect(entries.map((entry) => entry.tenantId)).toEqual([tenantId, tenantId, null]);
    expect(entries[2]).toMatchObject({
      contentType: null,
      replayableUntil: null,
      lastError: 'The message is not JSON.',
    });
    expect(entries[2]?.reason).toContain('hello');
    expect(await listParked(pipeline, { tenantId })).toHaveLength(2);
    expect(await listParked(pipeline, { contentIds: ['b'] })).toMatchObject([{ contentId: 'b' }]);
  });
});
