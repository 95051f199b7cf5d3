import type { EndedContent, Evidence } from './evidence.ts';
import type { World } from './world.ts';

/** Counts say what really happened. */
export function judgeCounts(world: World, { contents }: Evidence): string[] {
  return [...contents.values()].flatMap((content) =>
    ['delivered', 'parked'].includes(content.row.state) && content.row.owed.length === 0
      ? countsOf(world, content)
      : [],
  );
}

function countsOf({ account }: World, { planned, row, records }: EndedContent): string[] {
  const { delivered, duplicates, parked } = row.records;
  const total = planned.records.length + (planned.oversized ? 1 : 0);
  const wrong: string[] = [];
  const say = (what: string): void => {
    wrong.push(`${planned.id} counts ${delivered} delivered, ${duplicates} duplicates, ${parked} parked: ${what}`);
  };
  // A parked record may have reached another destination.
  const parkedRecords = new Set(records.filter(({ state }) => state === 'parked').map(({ ordinal }) => ordinal)).size;
  if (parked !== parkedRecords) say(`${parkedRecords} records have a row of their own`);
  const sum = delivered + duplicates;
  if (sum > total || sum + parked < total) say(`it holds ${total} records`);
  const arrived = new Set(account.receipts.filter(({ contentId }) => contentId === planned.id).map(({ text }) => text));
  if (delivered > arrived.size) say(`${arrived.size} arrived`);
  return wrong;
}
