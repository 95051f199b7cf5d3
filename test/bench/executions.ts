import { readFileSync } from 'node:fs';

/** One run of a function. Times are milliseconds since the epoch. */
export interface Execution {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** Runs of one function in a span, and the seconds that are paid for them. */
export interface ExecutionSums {
  readonly count: number;
  /** If no two of them share an instance. */
  readonly mostSeconds: number;
  /** If all that overlap share one, which is then paid for once. */
  readonly leastSeconds: number;
}

/** Flex Consumption: at least a second, then each tenth that was begun. */
const leastMs = 1_000;
const stepMs = 100;

const billedSeconds = (ms: number): number => Math.max(leastMs, Math.ceil(ms / stepMs) * stepMs) / 1000;

const line = /^(\S+) host information Executed 'Functions\.([^']+)' \(\w+, Id=\S+, Duration=(\d+)ms\)/gm;

/** What the local functions host wrote into its log file. */
export function readExecutions(path: string): Execution[] {
  return [...readFileSync(path, 'utf8').matchAll(line)].map(([, ended = '', name = '', duration]) => {
    const to = Date.parse(ended);
    return { name, from: to - Number(duration), to };
  });
}

/** By function, of the executions that ended in a span; each function has instances of its own. */
export function sumExecutions(executions: readonly Execution[], from: number, to: number): Map<string, ExecutionSums> {
  const within = executions.filter((execution) => execution.to >= from && execution.to < to);
  return new Map(
    [...Map.groupBy(within, ({ name }) => name)].map(([name, some]) => [
      name,
      {
        count: some.length,
        mostSeconds: some.reduce((sum, one) => sum + billedSeconds(one.to - one.from), 0),
        leastSeconds: busySpans(some).reduce((sum, one) => sum + billedSeconds(one.to - one.from), 0),
      },
    ]),
  );
}

/** The spans in which at least one of them ran. */
function busySpans(executions: readonly Execution[]): { readonly from: number; readonly to: number }[] {
  const spans: { from: number; to: number }[] = [];
  for (const { from, to } of executions.toSorted((a, b) => a.from - b.from)) {
    const last = spans.at(-1);
    if (last === undefined || from > last.to) spans.push({ from, to });
    else last.to = Math.max(last.to, to);
  }
  return spans;
}
