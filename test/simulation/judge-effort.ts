import type { Fault } from './plan.ts';
import type { World } from './world.ts';

const minute = 60_000;

/** Messages of a content in a world without faults: two listers at once may both send what neither knows to be sent. */
const calmMessages = 4;
/** A record that is too large is fetched once more, to be saved. */
const calmFetches = 1;

/** How long workers may take to learn that a destination is down. */
const learntMs = 3 * minute;

/** A destination that is down is probed once a minute. */
const requestsAMinute = 1;
/** Six batches may find out at once; each tries a request four times, or halves one that is refused. */
const moreRequests = 6 * 4;
const moreRefusals = 6 * 32;

/** No content takes more messages or fetches than its troubles explain, and what is down is left in peace. */
export function judgeEffort(world: World): string[] {
  return [...(world.troubles.all.length === 0 ? judgeCalm(world) : []), ...judgeProbes(world)];
}

function judgeCalm({ account, plan }: World): string[] {
  const oversized = new Set(plan.contents.flatMap((content) => (content.oversized ? content.id : [])));
  const counts = [
    ['messages', account.messages, calmMessages],
    ['fetches', account.fetches, calmFetches],
  ] as const;
  return counts.flatMap(([what, ofContent, most]) =>
    [...ofContent]
      .filter(([id, count]) => count > most + (oversized.has(id) ? 1 : 0))
      .map(([id, count]) => `${id} took ${count} ${what} though nothing went wrong`),
  );
}

type Trouble = Extract<Fault, { what: 'destination' }>;

const isDown = ({ trouble, probability }: Trouble): boolean =>
  probability === 1 && trouble !== 'slow' && trouble !== 'small-requests';

function judgeProbes({ account, troubles }: World): string[] {
  const all = troubles.of('destination');
  return all.filter(isDown).flatMap((one) => {
    const { name, trouble } = one;
    const from = one.from + learntMs;
    const minutes = (one.to - from) / minute;
    // Another trouble in between may be over while this one goes on, and a probe that comes through begins anew.
    const isMixed = all.some((other) => other !== one && other.name === name && overlap(one, other));
    if (minutes <= 0 || isMixed) return [];
    const requests = (account.requests.get(name) ?? []).filter((at) => from <= at && at < one.to).length;
    const more = trouble === 'refusing-all' ? moreRefusals : moreRequests;
    return requests > minutes * requestsAMinute + more
      ? [`${name} got ${requests} requests in ${Math.round(minutes)} minutes of ${trouble}`]
      : [];
  });
}

const overlap = (a: Trouble, b: Trouble): boolean => a.from < b.to && b.from < a.to;
