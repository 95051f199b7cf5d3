import type { Arrival } from './arrivals.ts';

/** What happened in the run, as far as it explains why something arrived twice. Times are milliseconds since the epoch. */
export interface Happenings {
  readonly kills: readonly { readonly host: number; readonly at: number }[];
  readonly pauses: readonly { readonly from: number; readonly until: number }[];
  /** When each content was asked for, by content id. */
  readonly fetches: ReadonlyMap<string, readonly number[]>;
}

/** Why a record arrived twice at one destination. */
export type Cause =
  | 'the connection broke after the destination had it'
  | 'its host was killed before it could note it'
  | 'the storage was paused before it could be noted'
  | 'two contents with it were in flight at the same moment'
  | 'one content was in two hands at the same moment'
  | 'unexplained';

/** How long an operation on the storage takes at most, retries included, before the app gives it up, and then some. */
const noteMs = 25_000;
/** How long noting takes when nothing is wrong. */
const promptMs = 3_000;

/** Why the second of two arrivals was not prevented by the first. */
export function explain(first: Arrival, second: Arrival, { kills, pauses, fetches }: Happenings): Cause {
  const { request } = first;
  if (!request.answered) return 'the connection broke after the destination had it';
  const paused = pauses.find(({ from, until }) => from < request.at + promptMs && until > request.at);
  const notedBy = request.at + (paused === undefined ? promptMs : noteMs);
  if (kills.some(({ host, at }) => host === request.host && at >= request.at - 1_000 && at < notedBy)) {
    return 'its host was killed before it could note it';
  }
  const begun = lastBefore(fetches.get(second.contentId) ?? [], second.request.from) ?? second.request.from;
  if (begun < notedBy) {
    if (paused !== undefined && begun > request.at + promptMs) return 'the storage was paused before it could be noted';
    return first.contentId === second.contentId
      ? 'one content was in two hands at the same moment'
      : 'two contents with it were in flight at the same moment';
  }
  return paused === undefined ? 'unexplained' : 'the storage was paused before it could be noted';
}

const lastBefore = (times: readonly number[], end: number): number | undefined => times.findLast((time) => time <= end);

/** An arrival, and the one before it. */
export interface Again {
  readonly first: Arrival;
  readonly second: Arrival;
}

/** Counts the causes of everything that arrived twice: each arrival after the first, against the one before it. */
export function countCauses(twice: readonly (readonly Arrival[])[], happenings: Happenings): Map<Cause, Again[]> {
  const causes = new Map<Cause, Again[]>();
  for (const arrivals of twice) {
    const inOrder = arrivals.toSorted((a, b) => a.request.at - b.request.at);
    for (const [index, second] of inOrder.entries()) {
      const first = inOrder[index - 1];
      if (first === undefined) continue;
      const cause = explain(first, second, happenings);
      causes.set(cause, [...(causes.get(cause) ?? []), { first, second }]);
    }
  }
  return causes;
}
