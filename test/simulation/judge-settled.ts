import { hourMs, reachMs } from '../../shared/activity-api/hours.ts';
import { isSettled } from '../../shared/state/ledger-row.ts';
import { calmTime, stoodStill } from './calm-time.ts';
import type { EndedContent, Evidence } from './evidence.ts';
import type { World } from './world.ts';

/** Time without troubles in which a content must find its way, however long the pauses are that it had come to. */
const enoughMs = 4 * hourMs;

/** And in which what was given up at off-boarding must be listed again, once the tenant is here again. */
const takenUpMs = 2 * hourMs;

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
function undelivered(world: World, { planned, records }: EndedContent): string[] {
  const { account, destinations, troubles } = world;
  // A name that was not configured for a while may have been struck off.
  const owed = (account.owed.get(planned.id) ?? []).filter((name) =>
    [destinations, ...troubles.of('destinations').map(({ names }) => names)].every((names) => names.includes(name)),
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
          receipt.recordId === (id ?? null) &&
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
  if (troubles.of('content-gone').some(({ contentId, at }) => contentId === planned.id && at <= settledAt)) return true;
  if (row.reason?.startsWith('owed only to') === true) return troubles.of('destinations').length > 0;
  if (row.reason === 'off-boarded') {
    const outOfReachAt = Math.floor(planned.created / hourMs) * hourMs + reachMs;
    return calmTime(world, planned, settledAt, outOfReachAt) < takenUpMs + stoodStill(world);
  }
  if (settledAt < planned.expires) return false;
  // The API never gave it, so that it could not be saved either.
  const isRejected = troubles
    .of('content-broken')
    .some(({ contentId, kind }) => contentId === planned.id && kind === 'rejected');
  if (isRejected) return true;
  // It has to be delivered, or saved in its last day, unless there was hardly a chance for it.
  const from = Math.max(account.listedAt.get(planned.id) ?? 0, planned.expires - 24 * hourMs);
  return calmTime(world, planned, from, planned.expires) < enoughMs + stoodStill(world);
}
