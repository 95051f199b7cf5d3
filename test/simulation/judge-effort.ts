import type { World } from './world.ts';

/** Messages of a content in a world without faults: two listers at once may both send what neither knows to be sent. */
const calmMessages = 4;
const calmFetches = 1;

/** No content takes more messages or fetches than its troubles explain. */
export function judgeEffort({ account, troubles }: World): string[] {
  const wrong: string[] = [];
  const isCalm = troubles.all.length === 0;
  for (const [what, counts, most] of [
    ['messages', account.messages, calmMessages],
    ['fetches', account.fetches, calmFetches],
  ] as const) {
    for (const [id, count] of counts) {
      if (isCalm && count > most) wrong.push(`${id} took ${count} ${what} though nothing went wrong`);
    }
  }
  return wrong;
}
