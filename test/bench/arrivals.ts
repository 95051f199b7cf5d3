import type { Taken } from '../chaos/receiver.ts';

/**
 * When the last request with each content was acknowledged, milliseconds since the epoch by content id. Each call looks
 * only at what came since the one before.
 */
export function createArrivals(taken: readonly Taken[]): () => ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  let next = 0;
  return () => {
    for (let request = taken[next]; request !== undefined; request = taken[++next]) {
      for (const line of request.lines) {
        const contentId = /"contentId":"([^"]*)"/.exec(line)?.[1];
        if (contentId !== undefined) times.set(contentId, request.at);
      }
    }
    return times;
  };
}
