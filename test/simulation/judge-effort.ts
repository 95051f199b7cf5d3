import type { World } from './world.ts';

/** Messages and fetches of a content in a world without faults. */
const leastEffort = 1;

/** No content takes more messages or fetches than its troubles explain. */
export function judgeEffort({ account, troubles }: World): string[] {
  const wrong: string[] = [];
  const isCalm = troubles.all.length === 0;
  for (const [what, counts] of [
    ['messages', account.messages],
    ['fetches', account.fetches],
  ] as const) {
    for (const [id, count] of counts) {
      if (isCalm && count > leastEffort) wrong.push(`${id} took ${count} ${what} though nothing went wrong`);
    }
  }
  return wrong;
}
