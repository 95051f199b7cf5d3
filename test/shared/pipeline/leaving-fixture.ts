import type { ContentType } from '../../../shared/activity-api/content-types.ts';
import { newFeed } from '../../../shared/state/feeds.ts';
import { noteHistory } from '../../../shared/tenants/note-history.ts';
import { type LeavingQueue, offBoard } from '../../../shared/tenants/off-board.ts';
import { tenantId, type TestPipeline, type createTestPipeline } from '../../support/test-pipeline.ts';
import { listed } from './closing-fixture.ts';

/** Content types with a subscription in these tests. */
export const subscribed: readonly ContentType[] = ['Audit.Exchange', 'Audit.General'];

/** A tenant with two feeds and some contents that were listed and are not in the queue any more, and a history. */
export async function collecting(
  contents: number,
  options: Parameters<typeof createTestPipeline>[0] = {},
): Promise<TestPipeline> {
  const pipeline = await listed(contents, options);
  for (const contentType of subscribed) {
    await pipeline.feeds.insert({ ...newFeed({ tenantId, contentType }), state: 'active' });
  }
  await noteHistory(pipeline, tenantId, 'Added.', 'Alex');
  return pipeline;
}

/** The same, that has just been told to leave. */
export async function leaving(
  contents: number,
  queue: LeavingQueue,
  options: Parameters<typeof createTestPipeline>[0] = {},
): Promise<TestPipeline> {
  const pipeline = await collecting(contents, options);
  pipeline.api.calls.length = 0;
  await offBoard(pipeline, tenantId, queue, 'Alex');
  return pipeline;
}

export const isHere = async (pipeline: TestPipeline): Promise<boolean> =>
  (await pipeline.tenants.get(tenantId)) !== undefined;

export const stops = subscribed.map((contentType) => `stop ${contentType}`);
