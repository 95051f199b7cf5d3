import { startableAt } from '../pipeline/subscriptions.ts';
import type { DestinationMark } from '../state/destination-marks.ts';
import type { Feed } from '../state/feeds.ts';
import type { LedgerContent } from '../state/ledger-row.ts';
import type { Mark } from '../state/marks.ts';
import type { Tenant, TenantState } from '../state/tenants.ts';
import { tenantWords } from './state-words.ts';

/** What is known beyond a feed's own rows, as a reason for its lag. */
export interface Obstacles {
  readonly now: number;
  /** The tenant's mark, and that of our own credential, whether or not they have run out. */
  readonly throttled: Mark | undefined;
  readonly credential: Mark | undefined;
  /** The mark of a destination that is down. */
  readonly downMark: (destination: string) => DestinationMark | undefined;
}

/** Behind by more than this, a feed is not just between two cycles. */
export const noticeableMs = 15 * 60_000;

/** To the minute: the sentence is for a person. */
const minuteOf = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

type LaggingFeed = Pick<Feed, 'detail' | 'position' | 'state' | 'startedAt' | 'startAnswered'>;

/**
 * Why a feed is behind, in words: what is wrong with it, why it is not listed, what its oldest content waits for, or
 * when its subscription may be started.
 * @param oldest the oldest content that is not settled
 */
export function lagReason(
  tenant: Tenant,
  feed: LaggingFeed,
  oldest: LedgerContent | undefined,
  obstacles: Obstacles,
): string | undefined {
  const reasons = [whyBehind(tenant, feed, oldest, obstacles), whyNotStarted(tenant, feed, obstacles)];
  return reasons.filter((reason) => reason !== undefined).join(' ') || undefined;
}

/** Tenants whose subscriptions the lister starts. */
const isListed: readonly TenantState[] = ['waiting', 'active', 'audit-off'];

function whyNotStarted(tenant: Tenant, feed: LaggingFeed, { now }: Obstacles): string | undefined {
  const at = startableAt(feed);
  if (feed.state !== 'starting' || !isListed.includes(tenant.state) || at <= now) return undefined;
  return `Microsoft lets it be started again at ${minuteOf(Math.ceil(at / 60_000) * 60_000)}.`;
}

function whyBehind(
  tenant: Tenant,
  { detail, position, state }: LaggingFeed,
  oldest: LedgerContent | undefined,
  obstacles: Obstacles,
): string | undefined {
  if (detail !== undefined) return detail;
  const pause = pauseReason(tenant, obstacles);
  if (position !== undefined && position < obstacles.now - noticeableMs && position < (oldest?.created ?? Infinity)) {
    const listedTo = state === 'starting' ? 'It is not listed' : `It is listed up to ${minuteOf(position)}`;
    if (tenant.state !== 'active') return `${listedTo}: ${tenantWords[tenant.state]}.`;
    return `${listedTo} ${state === 'starting' ? 'yet' : 'so far'}.${pause === undefined ? '' : ` ${pause}`}`;
  }
  return oldest && `A content of ${minuteOf(oldest.created)} ${whyNotSettled(oldest, pause, obstacles)}`;
}

/** Why nothing of a tenant is asked for at the moment. */
function pauseReason({ state, trouble }: Tenant, { now, throttled, credential }: Obstacles): string | undefined {
  if (state === 'paused') return 'The tenant is paused.';
  if (state === 'active' && trouble !== undefined) {
    return `Microsoft has refused access since ${minuteOf(trouble.since)} (${tenantWords[trouble.state]}): it counts as the tenant's state when it lasts.`;
  }
  if (credential && credential.until > now)
    return `Our own credential fails: ${credential.reason ?? 'look at the log.'}`;
  if (!throttled || throttled.until <= now) return undefined;
  return `Microsoft is not asked until ${minuteOf(throttled.until)}: ${throttled.reason ?? 'it throttles the tenant.'}`;
}

function whyNotSettled(content: LedgerContent, pause: string | undefined, { now, downMark }: Obstacles): string {
  if (content.state === 'waiting') {
    const down = content.owed.flatMap((name) => {
      const mark = downMark(name);
      return mark === undefined ? [] : [`${name}, down since ${minuteOf(mark.since)}: ${mark.reason ?? 'it failed.'}`];
    });
    if (down.length > 0) return `waits for destination ${down.join(' And for destination ')}`;
    return 'waits for its destination, which works again: it is queued within minutes.';
  }
  if (content.hold && content.hold.until > now) return 'is being delivered.';
  if (pause !== undefined) return `is queued. ${pause}`;
  return content.lastError === undefined ? 'is queued.' : `is not delivered yet: ${content.lastError}`;
}
