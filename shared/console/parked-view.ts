import type { ContentType } from '../activity-api/content-types.ts';
import { sha256 } from '../hash.ts';
import { listParked, type Parked } from '../pipeline/parked.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';

/** What is parked of one feed for one reason. Times are milliseconds since the epoch. */
export interface ParkedGroup {
  /** Names the reason in a form. */
  readonly key: string;
  readonly contentType: ContentType | null;
  readonly reason: string;
  readonly contents: number;
  readonly records: number;
  readonly oldest: number;
  /** Until when all of it can be replayed; `undefined` if none of it can be. */
  readonly replayableUntil: number | undefined;
}

/** What is parked of one tenant; of nobody, if messages could not be read. */
export interface ParkedTenant {
  readonly tenantId: string | null;
  /** The customer name, unless the tenant has left. */
  readonly name: string | undefined;
  readonly groups: readonly ParkedGroup[];
}

/** What is parked anywhere. */
export interface ParkedView {
  readonly tenants: readonly ParkedTenant[];
  /** How many hours have something open, and how many of them were read. */
  readonly hours: { readonly open: number; readonly read: number };
}

/** An hour is one read; the page must come within seconds. */
const mostHours = 2000;

/** Two reasons that differ are two groups. */
export const reasonKey = (reason: string): string => sha256(reason).slice(0, 16);

/**
 * What is parked, by tenant, content type and reason. Only the oldest hours are read when very many have something open:
 * what is parked stays, what is merely queued is young.
 * @throws StorageError
 */
export async function viewParked(pipeline: Pipeline): Promise<ParkedView> {
  const open = (await pipeline.openHours.all()).toSorted((a, b) => (a.hour < b.hour ? -1 : 1));
  const read = open.slice(0, mostHours);
  const known = await pipeline.tenants.all();
  const openHours = { ...pipeline.openHours, all: () => Promise.resolve(read) };
  const tenants = { ...pipeline.tenants, all: () => Promise.resolve(known) };
  const parked = await listParked({ ...pipeline, openHours, tenants });
  const names = new Map(known.map(({ value }) => [value.tenantId, value.name]));
  const views = [...Map.groupBy(parked, ({ tenantId }) => tenantId)].map(([tenantId, own]) => ({
    tenantId,
    name: tenantId === null ? undefined : names.get(tenantId),
    groups: groupsOf(own),
  }));
  const inOrder = views.toSorted(byName);
  return { tenants: inOrder, hours: { open: open.length, read: read.length } };
}

/** Who has left comes last. */
const byName = (a: ParkedTenant, b: ParkedTenant): number =>
  Number(a.name === undefined) - Number(b.name === undefined) || (a.name ?? '').localeCompare(b.name ?? '', 'en');

/** The largest first. */
function groupsOf(parked: readonly Parked[]): ParkedGroup[] {
  const groups = Map.groupBy(parked, ({ contentType, reason }) => `${contentType ?? ''} ${reason}`);
  return [...groups.values()].map(groupOf).toSorted((a, b) => b.contents + b.records - a.contents - a.records);
}

function groupOf(entries: readonly Parked[]): ParkedGroup {
  const ends = entries.flatMap(({ replayableUntil }) => replayableUntil ?? []);
  const contents = entries.filter(({ recordId }) => recordId === undefined).length;
  const { contentType = null, reason = '' } = entries[0] ?? {};
  return {
    key: reasonKey(reason),
    contentType,
    reason,
    contents,
    records: entries.length - contents,
    // However many there are: an argument each would be too many for a call.
    oldest: entries.reduce((oldest, { firstSeen }) => Math.min(oldest, firstSeen), Infinity),
    replayableUntil: ends.length === 0 ? undefined : ends.reduce((soonest, end) => Math.min(soonest, end)),
  };
}
