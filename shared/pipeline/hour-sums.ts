import type { HourSums } from '../state/hours.ts';
import { isSettled } from '../state/ledger-row.ts';
import type { LedgerHour } from '../state/ledger.ts';

/** What the ledger rows of one hour add up to. */
export function sumsOf({ contents, parkedRecords }: LedgerHour): HourSums {
  const values = contents.map(({ value }) => value);
  const count = (state: string): number => values.filter((value) => value.state === state).length;
  return {
    contents: {
      queued: values.filter((value) => !isSettled(value.state)).length,
      delivered: count('delivered'),
      parked: count('parked'),
      lost: count('lost'),
    },
    records: {
      delivered: values.reduce((sum, { records }) => sum + records.delivered, 0),
      duplicates: values.reduce((sum, { records }) => sum + records.duplicates, 0),
      // A record may have a row for each destination that refused it.
      parked: new Set(
        parkedRecords
          .filter(({ state }) => state === 'parked' || state === 'queued')
          .map(({ contentId, ordinal }) => `${ordinal} ${contentId}`),
      ).size,
    },
  };
}

/** The sum of sums. */
export const addSums = (a: HourSums, b: HourSums): HourSums => ({
  contents: {
    queued: a.contents.queued + b.contents.queued,
    delivered: a.contents.delivered + b.contents.delivered,
    parked: a.contents.parked + b.contents.parked,
    lost: a.contents.lost + b.contents.lost,
  },
  records: {
    delivered: a.records.delivered + b.records.delivered,
    duplicates: a.records.duplicates + b.records.duplicates,
    parked: a.records.parked + b.records.parked,
  },
});

export const noSums: HourSums = sumsOf({ contents: [], parkedRecords: [] });
