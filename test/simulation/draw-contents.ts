import type { Chance } from './chance.ts';
import type { Plan, PlannedContent, PlannedRecord } from './plan.ts';

const minute = 60_000;
const day = 24 * 60 * minute;

/** How many of the contents are there before the relay is, how many late, and how many of the records come again. */
const backlogShare = 0.3;
const lateShare = 0.15;
const repeatShare = 0.04;
const oversizedShare = 0.004;
const namelessShare = 0.02;

export interface PlannedWorld extends Pick<Plan, 'start' | 'tenants' | 'destinations'> {
  /** No content appears after it. */
  readonly end: number;
}

/** The contents of a run: some of the week before it, the others while it lasts. */
export function drawContents(chance: Chance, { start, end, tenants }: PlannedWorld, count: number): PlannedContent[] {
  /** What each feed was told before. */
  const told = new Map<string, PlannedRecord[]>();
  const times = Array.from({ length: count }, () =>
    chance.happens(backlogShare)
      ? start - Math.floor(chance.spread(minute, 7 * day - 60 * minute)) // may be about to expire when the relay begins
      : chance.between(start, end),
  );
  return times
    .sort((a, b) => a - b)
    .map((created, index): PlannedContent => {
      const tenant = chance.pick(tenants);
      const contentType = chance.pick(tenant.contentTypes);
      const feed = `${tenant.tenantId}_${contentType}`;
      if (!told.has(feed)) told.set(feed, []);
      const id = `c${index + 1}`;
      const late = chance.happens(lateShare) ? chance.between(minute, 90 * minute) : chance.between(0, 2 * minute);
      const records = Array.from({ length: sizeOf(chance) }, (_nothing, ordinal) =>
        drawRecord(chance, told.get(feed) ?? [], {
          id: `${id}-${ordinal}`,
          created,
          tenantId: tenant.tenantId,
        }),
      );
      return {
        tenantId: tenant.tenantId,
        contentType,
        id,
        created,
        visibleAt: Math.min(created + late, Math.max(created, end)),
        expires: created + 7 * day,
        records,
        oversized: chance.happens(oversizedShare),
      };
    });
}

const sizeOf = (chance: Chance): number => (chance.happens(0.05) ? 0 : chance.between(1, 5));

function drawRecord(
  chance: Chance,
  told: PlannedRecord[],
  { id, created, tenantId }: { id: string; created: number; tenantId: string },
): PlannedRecord {
  if (told.length > 0 && chance.happens(repeatShare)) return chance.pick(told);
  const time = new Date(created - chance.between(0, 30) * minute).toISOString().slice(0, 19);
  // A number that no double holds: bytes are sacred.
  const isNameless = chance.happens(namelessShare);
  const name = isNameless ? `"Nameless":"${id}"` : `"Id":"${id}"`;
  const text = `{${name},"CreationTime":"${time}","OrganizationId":"${tenantId}","N":9007199254740993${chance.between(0, 9)}}`;
  const record = { id: isNameless ? undefined : id, text };
  // What has no Id is never taken for a repeat.
  if (!isNameless) told.push(record);
  return record;
}
