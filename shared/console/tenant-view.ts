import { z } from 'zod';

import { startOfHour } from '../activity-api/hours.ts';
import { ApiError } from '../http/api-error.ts';
import { listParked, type Parked } from '../pipeline/parked.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import type { HistoryEntry } from '../state/history.ts';
import type { Tenant } from '../state/tenants.ts';
import { accountOf, type FeedAccount } from '../tenants/completeness.ts';
import { describeFeeds, type FeedDescription } from '../tenants/describe-tenant.ts';
import { pictureSpan, type Span } from './pages/pictured-hours.ts';
import { readOnce } from './read-once.ts';

/** All that the page of one customer shows. */
export interface TenantView {
  readonly tenant: Tenant;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly feeds: readonly FeedDescription[];
  readonly span: Span;
  readonly account: readonly FeedAccount[];
  /** The oldest first. */
  readonly parked: readonly Parked[];
  /** The newest first. */
  readonly history: readonly HistoryEntry[];
}

const mostHistory = 50;

/**
 * Reads what is known of a customer: some 20 reads, five more for each older month that is remembered, and one for each
 * hour in which something is open or lost.
 * @throws StorageError
 */
export async function viewTenant(pipeline: Pipeline, tenant: Tenant): Promise<TenantView> {
  const { tenantId } = tenant;
  const now = pipeline.clock.now();
  const span = pictureSpan(now);
  const reading = readOnce(pipeline);
  const [feeds, account, parked, history] = await Promise.all([
    describeFeeds(reading, tenant),
    accountOf(reading, tenant, span),
    listParked(reading, { tenantId }),
    pipeline.history.ofTenant(tenantId, mostHistory),
  ]);
  return { tenant, now, feeds, span, account, parked, history };
}

const isoDay = z.iso.date();

/**
 * The day that the page is to tell hour by hour.
 * @param text as the query has it @throws ApiError 400 if it is no day of the picture
 */
export function readDay(text: string | null, span: Span): string | undefined {
  if (text === null) return undefined;
  const isShown =
    isoDay.safeParse(text).success && startOfHour(`${text}T23`) >= span.from && startOfHour(`${text}T00`) < span.to;
  if (isShown) return text;
  throw new ApiError(400, 'invalid_day', '"day" is no day of the last seven: choose one in the table of days.');
}
