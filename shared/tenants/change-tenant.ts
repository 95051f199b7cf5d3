import type { ContentType } from '../activity-api/content-types.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import type { Tenant } from '../state/tenants.ts';
import { forgetRetries } from './forget-retries.ts';
import { type Actor, noteHistory } from './note-history.ts';
import { updateTenant } from './update-tenant.ts';

/** What a person may change about a tenant; what is left out stays as it is. */
export interface TenantChange {
  readonly name?: string | undefined;
  /** At least one. */
  readonly contentTypes?: readonly ContentType[] | undefined;
  readonly paused?: boolean | undefined;
}

/**
 * Renames a tenant, chooses its content types, pauses or resumes it. The lister stops the subscriptions of types that
 * are switched off and starts those that are switched on.
 * @throws TenantError, StorageError, RowConflict
 */
export async function changeTenant(
  relay: Pipeline,
  tenantId: string,
  change: TenantChange,
  by: Actor,
): Promise<Tenant> {
  const now = relay.clock.now();
  // First: whoever has to try again after a failure still finds the tenant paused.
  if (change.paused === false) await forgetRetries(relay, tenantId);
  const { before, after } = await updateTenant(relay, tenantId, (tenant) => changed(tenant, change, now));
  const what = sentences(before, after);
  if (what.length > 0) await noteHistory(relay, tenantId, what.join(' '), by);
  return after;
}

function changed(tenant: Tenant, { name, contentTypes, paused }: TenantChange, now: number): Tenant {
  const isRenamed = name !== undefined && name !== tenant.name;
  const isRetyped = contentTypes !== undefined && !sameTypes(contentTypes, tenant.contentTypes);
  const isPaused = tenant.state === 'paused';
  const turns = paused !== undefined && paused !== isPaused;
  if (!isRenamed && !isRetyped && !turns) return tenant;
  return {
    ...tenant,
    ...(isRenamed ? { name } : {}),
    ...(isRetyped ? { contentTypes: [...contentTypes] } : {}),
    ...(turns ? (isPaused ? resumed(tenant, now) : { state: 'paused', pausedFrom: tenant.state }) : {}),
  };
}

/** Failures from before the pause say nothing of today, and neither does a token. */
const resumed = ({ pausedFrom, consentedAt }: Tenant, now: number): Partial<Tenant> => ({
  state: pausedFrom ?? (consentedAt === undefined ? 'invited' : 'active'),
  pausedFrom: undefined,
  trouble: undefined,
  nextCheckAt: undefined,
  checkAskedAt: now,
});

const sameTypes = (a: readonly ContentType[], b: readonly ContentType[]): boolean =>
  a.length === b.length && a.every((type) => b.includes(type));

function sentences(before: Tenant, after: Tenant): string[] {
  const off = before.contentTypes.filter((type) => !after.contentTypes.includes(type));
  const on = after.contentTypes.filter((type) => !before.contentTypes.includes(type));
  return [
    before.name === after.name ? '' : `Renamed from ${before.name} to ${after.name}.`,
    off.length === 0 ? '' : `Switched off ${off.join(', ')}.`,
    on.length === 0 ? '' : `Switched on ${on.join(', ')}.`,
    before.state !== 'paused' && after.state === 'paused' ? 'Paused.' : '',
    before.state === 'paused' && after.state !== 'paused' ? 'Resumed.' : '',
  ].filter((sentence) => sentence !== '');
}
