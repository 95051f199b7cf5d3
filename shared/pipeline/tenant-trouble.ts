import { ActivityApiError } from '../activity-api/activity-api-error.ts';
import { EntraError } from '../entra/entra-error.ts';
import type { Tenant, TenantState } from '../state/tenants.ts';

const minute = 60_000;

/** A state changes only after this many failures in a row over this long: answers flicker, people should not. */
const enoughFailures = 3;
const longEnoughMs = 30 * minute;

/** The tenant state that an error speaks for; `undefined` if it says nothing about the tenant's own standing. */
export function troubleOf(error: unknown): TenantState | undefined {
  if (error instanceof ActivityApiError) return error.kind === 'audit-off' ? 'audit-off' : undefined;
  if (!(error instanceof EntraError)) return undefined;
  switch (error.kind) {
    case 'consent-missing':
      return 'consent-withdrawn';
    case 'roles-missing':
      return 'permission-missing';
    case 'app-disabled':
      return 'app-disabled';
    case 'tenant-gone':
    case 'service-missing':
      return 'gone';
    default:
      return undefined;
  }
}

/**
 * The tenant after one more failure: counted, looked at again after a growing pause, and shown in the new state once it
 * has lasted. "Audit log is off" is unambiguous and shown at once; while we wait for Microsoft after consent, missing
 * rights are what to expect.
 */
export function afterTrouble(tenant: Tenant, state: TenantState, now: number): Tenant {
  const same = tenant.trouble?.state === state ? tenant.trouble : undefined;
  const trouble = { state, since: same?.since ?? now, count: (same?.count ?? 0) + 1 };
  const lasted = trouble.count >= enoughFailures && now - trouble.since >= longEnoughMs;
  return {
    ...tenant,
    state: state === 'audit-off' || lasted ? state : tenant.state,
    trouble,
    nextCheckAt: now + pauseMs(tenant.state, trouble, now),
  };
}

/** After consent seconds count; later hourly for a day, then daily. */
function pauseMs(
  state: TenantState,
  trouble: { state: TenantState; since: number; count: number },
  now: number,
): number {
  const age = now - trouble.since;
  if (state === 'waiting') return Math.min(60 * minute, 5000 * 2 ** Math.min(trouble.count - 1, 12));
  // One odd answer must not cost an hour, nor must an administrator who switches the audit log on at once wait for one.
  const isSure = age >= longEnoughMs && (trouble.state === 'audit-off' || trouble.count >= enoughFailures);
  if (!isSure) return 10 * minute;
  return age >= 24 * 60 * minute ? 24 * 60 * minute : 60 * minute;
}

/** The tenant after a call that worked: whatever was wrong has healed. */
export function afterSuccess(tenant: Tenant): Tenant {
  const settled = tenant.trouble === undefined && tenant.nextCheckAt === undefined && tenant.state === 'active';
  if (settled || tenant.state === 'paused' || tenant.state === 'leaving') return tenant;
  return { ...tenant, state: 'active', trouble: undefined, nextCheckAt: undefined, ...proven(tenant) };
}

/** The first call that worked after consent proves it: the invitation is used up. */
const proven = (tenant: Tenant): Partial<Tenant> => (tenant.state === 'waiting' ? { invitationHash: undefined } : {});

/**
 * The tenant after its administrator consented: until Microsoft has applied that it waits, and the lister asks on, with
 * a new token. A paused one waits when it is resumed.
 * @param consent.at milliseconds since the epoch @param consent.by the administrator's name
 */
export function afterConsent(
  tenant: Tenant,
  consent: { readonly at: number; readonly by: string | undefined },
): Tenant {
  const isPaused = tenant.state === 'paused';
  const isCollected = (isPaused ? tenant.pausedFrom : tenant.state) === 'active';
  return {
    ...tenant,
    ...(isCollected ? {} : isPaused ? { pausedFrom: 'waiting' } : { state: 'waiting' }),
    collectedSince: isCollected ? (tenant.collectedSince ?? tenant.consentedAt) : undefined,
    consentedAt: consent.at,
    consentedBy: consent.by,
    trouble: undefined,
    nextCheckAt: undefined,
    checkAskedAt: consent.at,
  };
}
