import { expect, it } from 'vitest';

import { numbersInWords, runInWords, runTimes } from '../../../../shared/console/pages/hour-words.ts';
import { picturedHours, type Run, runsOf } from '../../../../shared/console/pages/pictured-hours.ts';
import { feedWith, hourAgo, hourWith, now, span } from './picture-fixture.ts';

const hourMs = 3_600_000;

function runOf(...feed: Parameters<typeof feedWith>): Run {
  const runs = runsOf(picturedHours(feedWith(...feed), span), (a, b) => a.fate === b.fate);
  const run = runs.find(([{ fate }]) => fate !== 'unlisted');
  if (run === undefined) throw new Error('Every hour is unlisted.');
  return run;
}

it('names the hours of a run, and both days where it goes over midnight', () => {
  expect(runTimes(runOf([hourWith(hourAgo(0))]))).toBe('Sun 22 Nov 10:00–11:00');
  expect(runTimes(runOf([hourWith(hourAgo(11)), hourWith(hourAgo(10))]))).toBe('Sat 21 Nov 23:00–Sun 22 Nov 01:00');
  expect(runTimes(runOf([hourWith(hourAgo(11))]))).toBe('Sat 21 Nov 23:00–24:00');
});

it('adds up the numbers of several hours, the worst first', () => {
  const run = runOf([
    hourWith(hourAgo(1), { lost: 1, parked: 2, pending: 3, delivered: 4 }),
    hourWith(hourAgo(0), { lost: 1, delivered: 1000 }, { records: { delivered: 12_000, duplicates: 1, parked: 2 } }),
  ]);
  expect(numbersInWords(run)).toBe(
    '2 lost, 2 parked, 3 pending, 1,004 delivered (12,000 records, 1 duplicate, 2 records parked)',
  );
});

it('says why contents are lost, each reason once', () => {
  const why = (reason: string) => ({ lostReasons: [{ reason, contents: 1 }] });
  const run = runOf([
    hourWith(hourAgo(2), { lost: 1 }, why('expired')),
    hourWith(hourAgo(1), { lost: 1 }, why('expired')),
    hourWith(hourAgo(0), { lost: 1 }, why('unknown')),
  ]);
  expect(runInWords(run)).toBe('3 lost: expired; unknown');
});

it('says why there is a gap, and what was delivered all the same', () => {
  const gap = { from: now - hourMs, to: now, why: 'the audit log was off' };
  expect(runInWords(runOf([], [gap]))).toBe('gap: the audit log was off');
  expect(runInWords(runOf([hourWith(hourAgo(0), { delivered: 1 })], [gap]))).toBe(
    'gap, 1 delivered: the audit log was off',
  );
});

it('has words for an hour without anything', () => {
  expect(runInWords(runOf([hourWith(hourAgo(0))]))).toBe('nothing in it');
  expect(numbersInWords([])).toBe('');
});
