import type { Pipeline } from '../pipeline/pipeline.ts';
import { hourKey } from '../state/feed-key.ts';

/**
 * The same pipeline for one page: what several parts of it ask for is read once, an hour's ledger rows above all. Not for
 * anything that writes.
 */
export function readOnce(pipeline: Pipeline): Pipeline {
  const { feeds, ledger } = pipeline;
  return {
    ...pipeline,
    feeds: {
      ...feeds,
      ofTenant: kept(
        (tenantId) => feeds.ofTenant(tenantId),
        (tenantId) => tenantId,
      ),
    },
    ledger: { ...ledger, hour: kept((feed, hour) => ledger.hour(feed, hour), hourKey) },
  };
}

function kept<A extends readonly unknown[], T>(
  read: (...args: A) => Promise<T>,
  keyOf: (...args: A) => string,
): (...args: A) => Promise<T> {
  const answers = new Map<string, Promise<T>>();
  return (...args) => {
    const key = keyOf(...args);
    const answer = answers.get(key) ?? read(...args);
    answers.set(key, answer);
    return answer;
  };
}
