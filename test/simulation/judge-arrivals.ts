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
      content.records.some((record) => (record.id ?? null) === recordId && record.text === text);
    if (!isReal)
      wrong.push(`${destination} got ${recordId ?? 'a record'} of ${contentId} that is not as it was written`);
  }
  for (const [cause, times] of arrivedTwice(world)) {
    if (cause.startsWith('unexplained')) wrong.push(`Arrived twice, ${times} times: ${cause}`);
  }
  return wrong;
}

/** How often a record arrived at a destination that had it from this feed, by the cause. */
export function arrivedTwice({ account }: World): Map<string, number> {
  const causes = new Map<string, number>();
  const byRecord = Map.groupBy(
    account.receipts.filter(({ recordId }) => recordId !== null),
    ({ destination, tenantId, contentType, recordId }) => `${destination} ${tenantId} ${contentType} ${recordId ?? ''}`,
  );
  for (const receipts of byRecord.values()) {
    receipts.slice(1).forEach((second, index) => {
      count(causes, causeOf(receipts.slice(0, index + 1), second, account.killed));
    });
  }
  return causes;
}

/** Whoever could have known of any copy before, and sent another, has no excuse. */
function causeOf(before: readonly Receipt[], second: Receipt, killed: ReadonlyMap<unknown, number>): string {
  const excuses = before.map((first) => excuse(first, second, killed));
  const none = excuses.indexOf(undefined);
  if (none < 0) return excuses.at(-1) ?? '';
  return `unexplained: ${second.recordId ?? ''} of ${second.contentId} at ${second.destination}`;
}

function excuse(first: Receipt, second: Receipt, killed: ReadonlyMap<unknown, number>): string | undefined {
  const isNoted = first.noted !== undefined && first.noted <= second.batchBegun;
  if (isNoted) return first.isLate ? 'the note was written minutes late, by a frozen process' : undefined;
  if (!first.answered) return 'the answer was lost after it was taken';
  if (first.process === second.process) return undefined;
  if (first.noted !== undefined) return 'two processes had it in flight at once';
  const diedAt = killed.get(first.process) ?? Infinity;
  return diedAt < second.step ? 'killed between acknowledgement and note' : 'the note had not been written';
}
