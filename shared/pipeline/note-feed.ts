import type { Feed, FeedState } from '../state/feeds.ts';
import { byRelay, noteHistory } from '../tenants/note-history.ts';
import type { Pipeline } from './pipeline.ts';

const words: Record<FeedState, string> = {
  starting: 'is started again',
  active: 'is collected',
  'permission-missing': 'cannot be collected',
  disabled: 'is disabled at Microsoft',
  stopped: 'is stopped at Microsoft',
};

/** Notes in the tenant's history that a feed came to another state, if it did. */
export async function noteFeed(
  pipeline: Pick<Pipeline, 'history' | 'clock' | 'random' | 'log'>,
  before: Feed,
  { tenantId, contentType, state, detail }: Feed,
): Promise<void> {
  if (state === before.state) return;
  await noteHistory(
    pipeline,
    tenantId,
    `${contentType} ${words[state]}${detail === undefined ? '.' : `: ${detail}`}`,
    byRelay,
  );
}
