import type { ExecutionSums } from './executions.ts';

/** GB of an instance, as `infra/main.bicep` chooses it. */
const instanceGb = 2;

/** @param per what the sums belong to, e.g. how many thousands of contents */
export function printExecutions(byFunction: ReadonlyMap<string, ExecutionSums>, per = 1): void {
  for (const [name, { count, leastSeconds, mostSeconds }] of byFunction) {
    const gbSeconds = [leastSeconds, mostSeconds].map((seconds) => ((seconds * instanceGb) / per).toFixed(1));
    console.log(`  ${name}: ${(count / per).toFixed(0)} executions, ${gbSeconds.join(' to ')} GB-seconds`);
  }
}
