import { endOfHour, startOfHour } from '../../activity-api/hours.ts';
import { counted } from '../times.ts';
import { fateWords, type PicturedHour, type Run } from './pictured-hours.ts';

const dayFormat = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  timeZone: 'UTC',
});

/** "Sun 22 Nov". @param at milliseconds since the epoch */
export const dayInWords = (at: number): string => dayFormat.format(at).replace(',', '');

const clockOf = (at: number): string => new Date(at).toISOString().slice(11, 16);

/** "Sun 22 Nov 10:00–12:00", UTC; over midnight both days are named. */
export function runTimes(run: Run): string {
  const from = startOfHour(run[0].hour);
  const to = endOfHour((run.at(-1) ?? run[0]).hour);
  const end = dayInWords(to - 1) === dayInWords(from) ? '' : `${dayInWords(to - 1)} `;
  return `${dayInWords(from)} ${clockOf(from)}–${end}${to % 86_400_000 === 0 ? '24:00' : clockOf(to)}`;
}

/** What the hours of one feed add up to. */
export function sumOfHours(hours: readonly PicturedHour[]) {
  const sum = (of: (account: NonNullable<PicturedHour['account']>) => number): number =>
    hours.reduce((total, { account }) => total + (account ? of(account) : 0), 0);
  return {
    lost: sum(({ contents }) => contents.lost),
    parked: sum(({ contents }) => contents.parked),
    pending: sum(({ contents }) => contents.pending),
    delivered: sum(({ contents }) => contents.delivered),
    records: sum(({ records }) => records.delivered),
    duplicates: sum(({ records }) => records.duplicates),
    parkedRecords: sum(({ records }) => records.parked),
  };
}

/** The numbers of some hours of one feed, the worst first: "1 lost, 2 pending, 12 delivered (240 records)". */
export function numbersInWords(hours: readonly PicturedHour[]): string {
  const { lost, parked, pending, delivered, records, duplicates, parkedRecords } = sumOfHours(hours);
  const contents = Object.entries({ lost, parked, pending, delivered })
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${count.toLocaleString('en')} ${what}`);
  const details = [
    records > 0 ? counted(records, 'record') : '',
    duplicates > 0 ? counted(duplicates, 'duplicate') : '',
    parkedRecords > 0 ? `${counted(parkedRecords, 'record')} parked` : '',
  ].filter((text) => text !== '');
  return contents.join(', ') + (details.length > 0 ? ` (${details.join(', ')})` : '');
}

/** What became of a run of hours, in words: its numbers, why contents are lost, why it is a gap. */
export function runInWords(run: Run): string {
  const [{ fate, gap }] = run;
  const numbers = numbersInWords(run).trim();
  const reasons = new Set(run.flatMap(({ account }) => account?.lostReasons ?? []).map(({ reason }) => reason));
  const why = [...(gap ? [gap.why] : []), ...reasons].join('; ');
  const isCounted = numbers !== '' && fate !== 'gap';
  const first = isCounted ? numbers : fateWords[fate] + (numbers === '' ? '' : `, ${numbers}`);
  return why === '' ? first : `${first}: ${why}`;
}
