import type { Evidence } from './evidence.ts';
import type { World } from './world.ts';

const hourMs = 3_600_000;

/** No hour is open without reason, none that needs it is missing in the index, and its sums are those of its rows. */
export function judgeHours(world: World, evidence: Evidence): string[] {
  const { contents, hours, open, feeds, tenants } = evidence;
  const byHour = Map.groupBy(contents.values(), ({ hour }) => hour);
  const wrong: string[] = [];
  for (const [key, { row }] of hours) {
    const own = byHour.get(key) ?? [];
    const needed = own.some(({ row: { state } }) => state === 'parked');
    if (row.open && !needed) wrong.push(`${key} is open without reason`);
    if (needed && !open.has(key)) wrong.push(`${key} holds parked contents, but is not in the index of open hours`);
    if (!row.open && row.sums !== undefined) {
      const count = (state: string): number => own.filter((content) => content.row.state === state).length;
      const { delivered, parked, lost } = row.sums.contents;
      if (delivered !== count('delivered') || parked !== count('parked') || lost !== count('lost')) {
        wrong.push(`${key} sums up to ${JSON.stringify(row.sums)}, its rows do not`);
      }
    }
  }
  for (const key of open) {
    if (!(byHour.get(key) ?? []).some(({ row }) => row.state === 'parked'))
      wrong.push(`${key} is in the index of open hours without reason`);
  }
  const inGap = (tenantId: string, contentType: string, at: number): boolean =>
    feeds.some(
      (feed) =>
        feed.tenantId === tenantId &&
        feed.contentType === contentType &&
        feed.gaps.some(({ from, to }) => from <= at && at < to),
    );
  for (const { id, tenantId, contentType, created } of world.plan.contents) {
    const isThere = tenants.some((tenant) => tenant.tenantId === tenantId);
    const isInReach = created > world.plan.start - 166 * hourMs;
    if (contents.has(id) || !isThere || !isInReach) continue;
    if (!inGap(tenantId, contentType, created))
      wrong.push(`${id} was offered, but is neither in the ledger nor in a gap`);
  }
  return wrong;
}
