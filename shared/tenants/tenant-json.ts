import type { Gap } from '../state/feeds.ts';
import type { Tenant } from '../state/tenants.ts';
import type { FeedDescription } from './describe-tenant.ts';
import type { TenantSummary } from './list-tenants.ts';
import { nextStep } from './next-step.ts';

const iso = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString());

/** Gaps as `/api` shows them. */
export const gapsJson = (gaps: readonly Gap[]) =>
  gaps.map(({ from, to, why }) => ({ from: iso(from), to: iso(to), why }));

/** A tenant as `/api` shows it in a list. */
export const tenantSummary = ({ domain, addedAt, lagSeconds, ...rest }: TenantSummary) => ({
  ...rest,
  domain: domain ?? null,
  addedAt: iso(addedAt),
  lagSeconds: lagSeconds ?? null,
});

/** A tenant as `/api` shows it by itself. @param now milliseconds since the epoch */
export const tenantDetail = (tenant: Tenant, feeds: readonly FeedDescription[], now: number) => ({
  tenantId: tenant.tenantId,
  name: tenant.name,
  domain: tenant.domain ?? null,
  state: tenant.state,
  nextStep: nextStep(tenant, feeds, now),
  missingRoles: tenant.missingRoles ?? [],
  consentedAt: iso(tenant.consentedAt),
  consentedBy: tenant.consentedBy ?? null,
  feeds: feeds.map((feed) => ({
    contentType: feed.contentType,
    state: feed.state,
    position: iso(feed.position),
    lagSeconds: feed.lagSeconds ?? null,
    lagReason: feed.lagReason ?? null,
    gaps: gapsJson(feed.gaps),
    contents: feed.contents,
    records: feed.records,
  })),
});
