import type { EndedContent, Evidence } from './evidence.ts';
import type { World } from './world.ts';

/** Counts say what really happened. */
export function judgeCounts(world: World, { contents }: Evidence): string[] {
  return [...contents.values()].flatMap((content) =>
    content.row.state === 'delivered' ? countsOf(world, content) : [],
  );
}

function countsOf({ account }: World, { planned, row }: EndedContent): string[] {
  const { delivered, duplicates, parked } = row.records;
  const total = planned.records.length + (planned.oversized ? 1 : 0);
  const wrong: string[] = [];
  const say = (what: string): void => {
    wrong.push(`${planned.id} counts ${delivered} delivered, ${duplicates} duplicates, ${parked} parked: ${what}`);
  };
  if (delivered + duplicates !== total) say(`it holds ${total} records`);
  const arrived = new Set(
    account.receipts.filter(({ contentId }) => contentId === planned.id).map(({ recordId }) => recordId),
  );
  if (delivered > arrived.size) say(`${arrived.size} arrived`);
  return wrong;
}
