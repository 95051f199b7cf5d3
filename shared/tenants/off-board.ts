import type { Pipeline } from '../pipeline/pipeline.ts';
import type { Tenant } from '../state/tenants.ts';
import { type Actor, noteHistory } from './note-history.ts';
import { rewriteTenant } from './rewrite-tenant.ts';
import { TenantError } from './tenant-error.ts';

/** What becomes of what is queued when a tenant leaves: still delivered, or given up. */
export type LeavingQueue = 'drain' | 'drop';

/**
 * Off-boards a tenant: from now on it is `leaving`, and the lister does the rest, step by step, until it is gone. Asked
 * for again it changes nothing, but that a tenant which leaves with `drain` may be told to drop what is left.
 * @throws TenantError if there is no such tenant, or it leaves with `drop` and `drain` is asked for; StorageError,
 * RowConflict when others kept writing the tenant
 */
export async function offBoard(
  pipeline: Pick<Pipeline, 'tenants' | 'history' | 'clock' | 'random' | 'log'>,
  tenantId: string,
  queue: LeavingQueue,
  by: Actor,
): Promise<void> {
  const { before, after } = await rewriteTenant(pipeline, tenantId, (tenant) => leaving(tenant, queue));
  if (after.leaving === before.leaving) return;
  pipeline.log.info('tenant-leaving', { tenantId, queue });
  await noteHistory(pipeline, tenantId, whatHappens(before, queue), by);
}

/** Every link is dead from now on, and so is every consent that is under way; troubles of its API are none any more. */
function leaving(tenant: Tenant, queue: LeavingQueue): Tenant {
  if (tenant.leaving === queue) return tenant;
  if (tenant.leaving === 'drop') {
    throw new TenantError(
      'tenant_leaving',
      `Tenant ${tenant.tenantId} leaves without what was queued, some of which is given up already: let it go, and add it again to have the rest.`,
    );
  }
  return {
    ...tenant,
    state: 'leaving',
    leaving: queue,
    invitationHash: undefined,
    trouble: undefined,
    nextCheckAt: undefined,
  };
}

function whatHappens({ state }: Tenant, queue: LeavingQueue): string {
  if (state === 'leaving') return 'Off-boarding goes on without what is still queued: it is dropped.';
  return `Off-boarding began: what is queued is ${queue === 'drain' ? 'still delivered' : 'dropped'}.`;
}
