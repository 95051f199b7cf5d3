import type { Feed, Gap, Stop } from '../state/feeds.ts';
import { cappedGaps } from './feed-gaps.ts';

type Stopped = Pick<Feed, 'stops'>;

/** Why there is no subscription, in words, as a gap is to remember it. */
export const stopReasons = {
  switchedOff: 'the content type was switched off',
  offBoarded: 'the customer was off-boarded',
  vanished: 'Microsoft had no enabled subscription of it, and may have kept nothing meanwhile',
} as const;

/** The stop that goes on, if one does. */
export const openStop = ({ stops }: Stopped): Stop | undefined => {
  const last = stops.at(-1);
  return last?.to === undefined ? last : undefined;
};

/** The stops of a feed whose subscription may be gone from a moment on. What goes on already began earlier. */
export const stopsFrom = (feed: Stopped, from: number, why: string): readonly Stop[] =>
  openStop(feed) === undefined ? [...feed.stops, { from, why }] : feed.stops;

/**
 * The stops of a feed whose subscription is enabled again. An operator who switches a type on and off all day must not
 * overflow the row: the oldest become one.
 */
export function stopsUntil(feed: Stopped, to: number): readonly Stop[] {
  const open = openStop(feed);
  if (open === undefined) return feed.stops;
  const before = endedStops(feed);
  return open.from < to ? cappedGaps([...before, { ...open, to }]) : before;
}

/** The stops of a feed without the one that goes on: it never came to that. */
export const endedStops = ({ stops }: Stopped): readonly Gap[] =>
  stops.flatMap(({ to, ...stop }) => (to === undefined ? [] : [{ ...stop, to }]));

/** All time of a feed that is lost as far as one can tell now, by when it began. They may overlap. */
export function shownGaps(feed: Pick<Feed, 'gaps' | 'stops'>, now: number): readonly Gap[] {
  const stops = feed.stops.map(({ to = now, ...stop }) => ({ ...stop, to })).filter(({ from, to }) => from < to);
  return [...feed.gaps, ...stops].toSorted((a, b) => a.from - b.from);
}
