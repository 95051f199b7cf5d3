import { type ContentType, contentTypes } from '../activity-api/content-types.ts';
import { forEachLimited } from '../for-each-limited.ts';
import type { LedgerContent, ParkedRecord } from '../state/ledger-row.ts';
import type { OpenHour } from '../state/open-hours.ts';
import { recordsOf } from './give-up.ts';
import type { Pipeline } from './pipeline.ts';
import { retainedUntil } from './retention.ts';

/** Something that is out of the way with a reason. Times are milliseconds since the epoch. */
export interface Parked {
  /** `null` for a malformed message, which belongs to nobody. */
  readonly tenantId: string | null;
  readonly contentType: ContentType | null;
  readonly contentId: string;
  /** Only for a single record; `null` where it has no `Id`. */
  readonly recordId?: string | null;
  readonly reason: string;
  readonly failures: number;
  readonly firstSeen: number;
  readonly lastError: string;
  /** `null` if it cannot be replayed. */
  readonly replayableUntil: number | null;
}

/** Which parked contents are meant; what is left out means all. */
export interface ParkedFilter {
  readonly tenantId?: string | undefined;
  readonly contentType?: ContentType | undefined;
  readonly contentIds?: readonly string[] | undefined;
}

const hoursAtOnce = 8;

/** Whether a content itself is parked, not only records of it. */
export const isParkedWhole = ({ state, owed }: LedgerContent): boolean => state === 'parked' && owed.length > 0;

/** Whether a content that is parked can be had: from the API, or from what was saved of it. */
export const isToBeHad = ({ saved, expires }: LedgerContent, now: number): boolean => saved || expires > now;

export const isMeant = ({ contentIds }: ParkedFilter, contentId: string): boolean =>
  contentIds === undefined || contentIds.includes(contentId);

/**
 * Everything that is parked: contents, single records of contents in whatever state, and malformed messages.
 * @throws StorageError
 */
export async function listParked(pipeline: Pipeline, filter: ParkedFilter = {}): Promise<Parked[]> {
  const parked = await malformedOnes(pipeline, filter);
  const here = await tenantsHere(pipeline);
  await forEachLimited(await openHoursOf(pipeline, filter), hoursAtOnce, async (open) => {
    const shown = here.has(open.feed.tenantId) ? (entry: Parked) => entry : leftBehind;
    const rows = await pipeline.ledger.hour(open.feed, open.hour);
    for (const { value } of rows.contents) {
      if (!isMeant(filter, value.id)) continue;
      if (isParkedWhole(value)) parked.push(shown(contentEntry(pipeline, open, value)));
      const records = recordsOf(rows, value).filter(({ state }) => state === 'parked');
      parked.push(...records.map((record) => shown(recordEntry(pipeline, open, value, record))));
    }
  });
  return parked.toSorted((a, b) => a.firstSeen - b.firstSeen);
}

/** Whatever is parked keeps its hour open, so the index of open hours finds it all. @throws StorageError */
export async function openHoursOf(
  { openHours }: Pick<Pipeline, 'openHours'>,
  filter: ParkedFilter,
): Promise<OpenHour[]> {
  const wanted = filter.contentType === undefined ? contentTypes : [filter.contentType];
  const { tenantId } = filter;
  if (tenantId === undefined) {
    return (await openHours.all()).filter(({ feed }) => wanted.includes(feed.contentType));
  }
  return (await Promise.all(wanted.map((contentType) => openHours.ofFeed({ tenantId, contentType })))).flat();
}

/** The tenants that are looked after: there is nobody to ask, and nobody to deliver for, in the name of others. */
export const tenantsHere = async ({ tenants }: Pick<Pipeline, 'tenants'>): Promise<ReadonlySet<string>> =>
  new Set((await tenants.all()).map(({ value }) => value.tenantId));

const leftBehind = (entry: Parked): Parked => ({
  ...entry,
  reason: `${entry.reason} Its tenant was off-boarded: add it again to replay this.`,
  replayableUntil: null,
});

const common = ({ feed }: OpenHour, content: LedgerContent) => ({
  tenantId: feed.tenantId,
  contentType: feed.contentType,
  contentId: content.id,
  failures: content.failures,
});

function contentEntry(pipeline: Pipeline, open: OpenHour, content: LedgerContent): Parked {
  const reason = content.reason ?? 'unknown';
  const untilExpiry = isToBeHad(content, pipeline.clock.now()) ? content.expires : null;
  return {
    ...common(open, content),
    reason: untilExpiry === null && !content.saved ? `${reason} It has expired, so it cannot be replayed.` : reason,
    firstSeen: content.firstSeen,
    lastError: content.lastError ?? reason,
    replayableUntil: content.saved ? retainedUntil(open.hour, pipeline) : untilExpiry,
  };
}

function recordEntry(pipeline: Pipeline, open: OpenHour, content: LedgerContent, record: ParkedRecord): Parked {
  const { reason, recordId } = record;
  return {
    ...common(open, content),
    recordId: recordId ?? null,
    reason,
    firstSeen: record.firstSeen,
    lastError: reason,
    replayableUntil: retainedUntil(open.hour, pipeline),
  };
}

async function malformedOnes({ malformed }: Pipeline, filter: ParkedFilter): Promise<Parked[]> {
  if (filter.tenantId !== undefined || filter.contentType !== undefined) return [];
  const wanted = (await malformed.all()).filter(({ id }) => isMeant(filter, id));
  return wanted.map((message) => ({
    tenantId: null,
    contentType: null,
    contentId: message.id,
    reason: `${message.reason} Its text: ${message.text.slice(0, 300)}`,
    failures: 0,
    firstSeen: message.firstSeen,
    lastError: message.reason,
    replayableUntil: null,
  }));
}
