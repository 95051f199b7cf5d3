import { count } from './account.ts';
import { arrivedTwice } from './judge-arrivals.ts';
import type { Run } from './run.ts';

/** What many runs add up to. */
export interface Tally {
  add(run: Run): void;
  /** A table for a person. */
  lines(): string[];
}

interface Sum {
  runs: number;
  contents: number;
  records: number;
  arrivals: number;
  steps: number;
  messages: number;
  mostMessages: number;
  fetches: number;
  mostFetches: number;
  readonly operations: Map<string, number>;
}

const newSum = (): Sum => ({
  runs: 0,
  contents: 0,
  records: 0,
  arrivals: 0,
  steps: 0,
  messages: 0,
  mostMessages: 0,
  fetches: 0,
  mostFetches: 0,
  operations: new Map(),
});

const total = (counts: ReadonlyMap<string, number>): number => [...counts.values()].reduce((sum, one) => sum + one, 0);
const most = (counts: ReadonlyMap<string, number>): number => Math.max(0, ...counts.values());

export function createTally(): Tally {
  const byProfile = new Map<string, Sum>();
  const twice = new Map<string, number>();
  const twoHands = new Map<string, number>();
  const outcomes = new Map<string, number>();
  let records = 0;

  return {
    add({ plan, world }) {
      const { account, scheduler } = world;
      const sum = byProfile.get(plan.profile) ?? newSum();
      byProfile.set(plan.profile, sum);
      sum.runs += 1;
      sum.contents += account.states.size;
      sum.arrivals += account.receipts.length;
      sum.steps += scheduler.steps();
      sum.messages += total(account.messages);
      sum.mostMessages = Math.max(sum.mostMessages, most(account.messages));
      sum.fetches += total(account.fetches);
      sum.mostFetches = Math.max(sum.mostFetches, most(account.fetches));
      for (const [operation, times] of account.operations) count(sum.operations, operation, times);
      for (const [cause, times] of arrivedTwice(world)) count(twice, cause.replace(/:.*/, ''), times);
      for (const [cause, times] of account.twoHands) count(twoHands, cause, times);
      for (const state of account.states.values()) count(outcomes, state);
      records += account.receipts.length;
    },
    lines() {
      const rows = [...byProfile].map(([profile, sum]) => {
        const each = (number: number): string => (number / Math.max(1, sum.contents)).toFixed(2);
        const operations = (kinds: RegExp): string =>
          each([...sum.operations].reduce((all, [name, times]) => (kinds.test(name) ? all + times : all), 0));
        return [
          profile,
          sum.runs,
          sum.contents,
          `${each(sum.messages)} (${sum.mostMessages})`,
          `${each(sum.fetches)} (${sum.mostFetches})`,
          operations(/^(get|query) ledger/),
          operations(/^(transact|replace|put) ledger/),
          operations(/ seen$/),
          operations(/ marks$/),
        ];
      });
      const heads = ['profile', 'runs', 'contents', 'messages', 'fetches', 'ledger reads', 'writes', 'seen', 'marks'];
      return [
        ...table([heads, ...rows]),
        'Messages, fetches (the most of any one) and table operations are per content.',
        `Contents: ${shown(outcomes)}.`,
        `Of ${records} arrivals, second ones: ${shown(twice)}.`,
        `Contents in two hands at once: ${shown(twoHands)}.`,
      ];
    },
  };
}

const shown = (counts: ReadonlyMap<string, number>): string =>
  [...counts].map(([name, times]) => `${times} ${name}`).join(', ') || 'none';

function table(rows: readonly (readonly (string | number)[])[]): string[] {
  const widths = (rows[0] ?? []).map((_head, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  return rows.map((row) =>
    row
      .map((cell, column) => String(cell).padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
