import type { LedgerContent, ParkedRecord } from '../../../shared/state/ledger-row.ts';
import { createTestPipeline, type TestPipeline } from '../../support/test-pipeline.ts';
import { feed, hour, list, listedContent } from './forwarding.ts';

/** What the ledger says of a content that was given up. */
export const parked = {
  state: 'parked',
  failures: 5,
  reason: 'It was rejected.',
  lastError: 'It was rejected.',
} as const;

/** Two parked contents, one delivered. */
export async function withParked(): Promise<TestPipeline> {
  const pipeline = createTestPipeline();
  await list(pipeline, [
    listedContent(pipeline, 'a', undefined, { ...parked, deaths: 3, attempt: 5, settledAt: 1 }),
    listedContent(pipeline, 'b', undefined, parked),
    listedContent(pipeline, 'done', [], { state: 'delivered', owed: [] }),
  ]);
  return pipeline;
}

/** A content of which two records are parked: one everywhere, the other, without an Id, at one of two destinations. */
export async function withParkedRecords(change: Partial<LedgerContent> = {}): Promise<TestPipeline> {
  const pipeline = createTestPipeline({ destinations: ['soc', 'archive'] });
  await list(pipeline, [
    listedContent(pipeline, 'a', undefined, { state: 'parked', owed: [], hasRecordRows: true, attempt: 2, ...change }),
  ]);
  const { contents } = await pipeline.ledger.hour(feed, hour);
  const row = { contentId: 'a', state: 'parked', firstSeen: pipeline.clock.now() - 1000 } as const;
  const parkedRecords: ParkedRecord[] = [
    { ...row, destination: undefined, ordinal: 1, recordId: 'big', reason: 'It is over 4 MB long.' },
    { ...row, destination: 'soc', ordinal: 2, recordId: undefined, reason: 'The destination soc said: no.' },
    { ...row, destination: 'archive', ordinal: 3, recordId: 'was', reason: 'It was refused.', state: 'delivered' },
    { ...row, destination: 'archive', ordinal: 4, recordId: 'may', reason: 'It is refused.', state: 'refused' },
  ];
  await pipeline.ledger.replace(
    feed,
    hour,
    contents.map((content) => ({ ...content, parkedRecords })),
  );
  return pipeline;
}
