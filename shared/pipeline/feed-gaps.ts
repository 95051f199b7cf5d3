import { endOfHour, type Hour, hourMs, hourOf, isWithinReach, startOfHour } from '../activity-api/hours.ts';
import type { Feed, Gap } from '../state/feeds.ts';
import type { ListedHour } from '../state/hours.ts';
import { mostOpenContents } from './due-hours.ts';

/** An hour that nobody listed this long after its end is shown as lost time until someone does. */
export const lateMs = 2 * hourMs;

/** A column of 32,768 characters holds some 180 of them with the longest why. */
const mostGaps = 100;

const manyGaps = 'many short gaps, too many to be kept apart: some of the time between them was listed';

/**
 * The gaps of a feed: hours not listed to their end within two hours after it, whole, since contents appear late; and
 * of hours that went out of reach what was never listed, for good.
 * @param rows hours that were ever listed, from the hour of the feed's position on
 * @param since hours that ended before this become late only when they are out of reach (the customer had not consented)
 * @param until what came after this is not missed here: the subscription was stopped, which is a gap of another kind
 * @param why the state of affairs now; a gap known before keeps the why that it came with
 */
export function feedGaps(
  now: number,
  feed: Pick<Feed, 'position' | 'gaps'>,
  rows: ReadonlyMap<Hour, ListedHour>,
  { since, until = now, why }: { since: number; until?: number | undefined; why: string },
): readonly Gap[] {
  if (feed.position === undefined) return feed.gaps;
  const first = startOfHour(hourOf(feed.position));
  // What lies behind the position is settled: it was listed, or is a gap for good.
  const gaps = feed.gaps.filter(({ from }) => from < first).map((gap) => ({ ...gap, to: Math.min(gap.to, first) }));
  for (let start = first; start < until && start + hourMs + lateMs <= now; start += hourMs) {
    const hour = hourOf(start);
    const end = Math.min(endOfHour(hour), until);
    const listedTo = Math.max(start, rows.get(hour)?.listedTo ?? start);
    const inReach = isWithinReach(hour, now);
    const known = feed.gaps.find((gap) => gap.from < end && gap.to > start);
    if (listedTo >= end || (inReach && end <= since && known === undefined)) continue;
    append(gaps, { from: inReach ? start : listedTo, to: end, why: known?.why ?? why });
  }
  return cappedGaps(gaps);
}

/**
 * As many gaps as a column has room for: the oldest ones become one that says so, so that nothing is hidden and no
 * time that was listed is called lost without a word.
 */
export function cappedGaps(gaps: readonly Gap[]): readonly Gap[] {
  const tooMany = gaps.length - mostGaps;
  const [first, last] = [gaps[0], gaps[tooMany]];
  if (first === undefined || last === undefined || tooMany <= 0) return gaps;
  return [{ from: first.from, to: last.to, why: manyGaps }, ...gaps.slice(tooMany + 1)];
}

/** Neighbours with the same why become one, so that an outage of days is one gap. */
function append(gaps: Gap[], gap: Gap): void {
  const last = gaps.at(-1);
  if (last?.to === gap.from && last.why === gap.why) gaps[gaps.length - 1] = { ...last, to: gap.to };
  else gaps.push(gap);
}

/** Whether two lists of gaps say the same. */
export const sameGaps = (a: readonly Gap[], b: readonly Gap[]): boolean => JSON.stringify(a) === JSON.stringify(b);

/** With a hundred of them a column is not full yet, whatever the API said. */
const mostReason = 140;

/**
 * Why a feed is not listed, in words, as a gap is to remember it.
 * @param pause why nothing of the tenant is asked for at the moment, if nothing is; else the feed's own detail says why
 */
export function whyNotListed(
  tenantState: string,
  { state, openContents, detail }: Pick<Feed, 'state' | 'openContents' | 'detail'>,
  pause?: string,
): string {
  const backlog = openContents >= mostOpenContents ? `, with ${mostOpenContents} contents or more still open` : '';
  const reason = pause ?? detail;
  const why = reason === undefined ? '' : `: ${reason.slice(0, mostReason).toWellFormed()}`;
  return `the tenant was ${tenantState} and the feed ${state}${backlog}${why}`;
}
