import { count, type Receipt } from './account.ts';
import type { World } from './world.ts';

/** Everything that arrived was offered, byte for byte; what arrived twice could not be helped. */
export function judgeArrivals(world: World): string[] {
  const { plan, account } = world;
  const wrong: string[] = [];
  const planned = new Map(plan.contents.map((content) => [content.id, content]));
  for (const { contentId, recordId, text, tenantId, destination } of account.receipts) {
    const content = planned.get(contentId);
    if (recordId === `${contentId}-huge` && content?.oversized === true) continue;
    const isReal =
      content?.tenantId === tenantId &&
      content.records.some((record) => record.id === recordId && record.text === text);
    if (!isReal)
      wrong.push(`${destination} got ${recordId ?? 'a record'} of ${contentId} that is not as it was written`);
  }
  for (const [cause, times] of arrivedTwice(world)) {
    if (cause.startsWith('unexplained')) wrong.push(`Arrived twice, ${times} times: ${cause}`);
  }
  return wrong;
}

/** How often a record arrived at a destination that had it, by the cause. */
export function arrivedTwice({ account }: World): Map<string, number> {
  const causes = new Map<string, number>();
  const byRecord = Map.groupBy(
    account.receipts.filter(({ recordId }) => recordId !== null),
    ({ destination, tenantId, recordId }) => `${destination} ${tenantId} ${recordId ?? ''}`,
  );
  for (const receipts of byRecord.values()) {
    receipts.slice(1).forEach((second, index) => {
      count(causes, causeOf(receipts.slice(0, index + 1), second, account.killed));
    });
  }
  return causes;
}

function causeOf(before: readonly Receipt[], second: Receipt, killed: ReadonlyMap<unknown, number>): string {
  const noted = before.filter((one) => one.noted !== undefined && one.noted < second.step);
  // Someone's note could have been read.
  const unread = noted.filter((one) => (one.noted ?? 0) >= second.readAt && one.process !== second.process);
  if (noted.length === 0 || unread.length === noted.length) {
    const first = before.at(-1);
    if (first?.answered === false) return 'the answer was lost after it was taken';
    if (first !== undefined && (killed.get(first.process) ?? Infinity) < second.step && first.noted === undefined) {
      return 'killed between acknowledgement and note';
    }
    if (noted.length > 0) return 'two processes had it in flight at once';
    if (first !== undefined && first.process !== second.process) return 'another had not noted it yet';
    return `not noted by its own process: ${second.recordId ?? ''} at ${second.destination}`;
  }
  return `unexplained: ${second.recordId ?? ''} of ${second.contentId} at ${second.destination}`;
}
