import { isSettled } from '../../shared/state/ledger-row.ts';
import type { EndedContent, Evidence } from './evidence.ts';
import type { World } from './world.ts';

const hour = 3_600_000;

/** Failures that park a content. */
const mostFailures = 5;

/** Every content ends settled, for a reason that is true. */
export function judgeSettled(world: World, { contents, malformed }: Evidence): string[] {
  const wrong = malformed.map(({ reason, text }) => `A message was parked as malformed: ${reason} ${text}`);
  for (const content of contents.values()) {
    const { row, planned } = content;
    const say = (what: string): void => {
      wrong.push(`${planned.id} is ${row.state}${row.reason === undefined ? '' : ` (${row.reason})`}: ${what}`);
    };
    if (!isSettled(row.state)) say('not settled');
    if (row.hold !== undefined && isSettled(row.state)) say('settled, but held');
    if (row.state === 'delivered') undelivered(world, content).forEach(say);
    if (row.state === 'parked' && !mayBeParked(world, content)) say('parked without a cause of its own');
    if (row.state === 'lost' && !mayBeLost(world, content)) say('lost, though it could be had');
  }
  return wrong;
}

/** What a content that is marked as delivered lacks, at destinations that are still configured. */
function undelivered({ account, destinations, troubles }: World, { planned, records }: EndedContent): string[] {
  // A destination that was taken out for a while may have been struck off meanwhile.
  const removed = troubles.of('destinations');
  const owed = (account.owed.get(planned.id) ?? []).filter(
    (name) => destinations.includes(name) && removed.every(({ names }) => names.includes(name)),
  );
  return owed.flatMap((destination) =>
    planned.records.flatMap(({ id, text }, ordinal) => {
      const isParked = records.some(
        (record) => record.ordinal === ordinal && (record.destination ?? destination) === destination,
      );
      const has = account.receipts.some(
        (receipt) =>
          receipt.destination === destination &&
          receipt.tenantId === planned.tenantId &&
          receipt.recordId === id &&
          receipt.text === text,
      );
      return has || isParked ? [] : [`${destination} never had record ${ordinal}`];
    }),
  );
}

function mayBeParked({ account, troubles }: World, { planned, row, records }: EndedContent): boolean {
  if (records.some(({ state }) => state === 'parked')) {
    return (
      planned.oversized ||
      troubles.of('record-refused').some(({ recordId }) => planned.records.some(({ id }) => id === recordId))
    );
  }
  if ((account.garbled.get(planned.id) ?? 0) >= mostFailures) return true;
  return row.deaths >= mostFailures && troubles.of('kill').length >= mostFailures;
}

function mayBeLost(world: World, { planned, row }: EndedContent): boolean {
  const { troubles, account } = world;
  const settledAt = row.settledAt ?? 0;
  if (troubles.of('dropped').some(({ tenantId, from }) => tenantId === planned.tenantId && from <= settledAt))
    return true;
  const gone = troubles.of('content-gone').find(({ contentId }) => contentId === planned.id);
  if (gone !== undefined && gone.at <= settledAt) return true;
  if (row.reason?.startsWith('owed only to') === true) return troubles.of('destinations').length > 0;
  if (settledAt < planned.expires) return false;
  // It has to be saved in its last day; whoever was listed in that day, or met trouble then, may have had no chance.
  const listedAt = account.listedAt.get(planned.id) ?? 0;
  const isLate = listedAt > planned.expires - 12 * hour;
  const hadTrouble = world.plan.calmFrom > planned.expires - 24 * hour;
  return isLate || (hadTrouble && troubles.of('api').length + troubles.of('credential').length > 0);
}
