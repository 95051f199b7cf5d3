import { endOfHour, hourMs, hourOf, type Hour, startOfHour } from '../../activity-api/hours.ts';
import type { Gap } from '../../state/feeds.ts';
import type { FeedAccount, HourAccount } from '../../tenants/completeness.ts';

/** What a person has to know first of an hour, the worst first. `empty`: listed, and nothing was in it. */
export const hourFates = ['gap', 'lost', 'parked', 'pending', 'delivered', 'empty', 'unlisted'] as const;

export type HourFate = (typeof hourFates)[number];

export const fateWords: Record<HourFate, string> = {
  gap: 'gap',
  lost: 'lost',
  parked: 'parked',
  pending: 'pending',
  delivered: 'delivered',
  empty: 'nothing in it',
  unlisted: 'not listed',
};

/** One hour of one feed in the picture. */
export interface PicturedHour {
  readonly hour: Hour;
  readonly fate: HourFate;
  /** `undefined` if the hour was never listed. */
  readonly account: HourAccount | undefined;
  readonly gap: Gap | undefined;
}

/** Neighbours that are told in one breath. */
export type Run = readonly [PicturedHour, ...PicturedHour[]];

/** A span that `accountOf` understands: milliseconds since the epoch, `to` exclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** As many as the API lists at any minute: one more, and every new customer's picture began with an hour that is "not listed". */
const hoursInPicture = 167;

/** Seven days of whole hours, of which the last is the current one. */
export const pictureSpan = (now: number): Span => {
  const to = endOfHour(hourOf(now));
  return { from: to - hoursInPicture * hourMs, to };
};

/** Every hour of the span, whether or not it was listed. */
export function picturedHours({ hours, gaps }: FeedAccount, { from, to }: Span): PicturedHour[] {
  const accounts = new Map(hours.map((account) => [account.hour, account]));
  return Array.from({ length: Math.ceil((to - from) / hourMs) }, (_none, index) => {
    const hour = hourOf(from + index * hourMs);
    const account = accounts.get(hour);
    const gap = gaps.find((one) => one.from < endOfHour(hour) && one.to > startOfHour(hour));
    return { hour, fate: fateOf(account, gap), account, gap };
  });
}

function fateOf(account: HourAccount | undefined, gap: Gap | undefined): HourFate {
  if (gap) return 'gap';
  if (account === undefined) return 'unlisted';
  const { contents, records } = account;
  if (contents.lost > 0) return 'lost';
  if (contents.parked > 0 || records.parked > 0) return 'parked';
  if (contents.pending > 0) return 'pending';
  return contents.listed > 0 ? 'delivered' : 'empty';
}

/** Neighbours in runs. @param isAlike whether the second may be told with the first */
export function runsOf(
  hours: readonly PicturedHour[],
  isAlike: (first: PicturedHour, second: PicturedHour) => boolean,
): Run[] {
  const runs: [PicturedHour, ...PicturedHour[]][] = [];
  for (const hour of hours) {
    const run = runs.at(-1);
    if (run && isAlike(run[0], hour)) run.push(hour);
    else runs.push([hour]);
  }
  return runs;
}
