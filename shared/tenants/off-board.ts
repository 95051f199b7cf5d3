import type { Pipeline } from '../pipeline/pipeline.ts';
import type { Stored } from '../state/stored.ts';
import { RowConflict } from '../state/table.ts';
import type { Tenant } from '../state/tenants.ts';
import { type Actor, noteHistory } from './note-history.ts';
import { TenantError, tenantNotFound } from './tenant-error.ts';

/** What becomes of what is queued when a tenant leaves: still delivered, or given up. */
export type LeavingQueue = 'drain' | 'drop';

/** How often the tenant is read again when somebody else wrote it meanwhile. */
const mostRounds = 10;

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
  for (let round = 1; ; round += 1) {
    const stored = await pipeline.tenants.get(tenantId);
    if (stored === undefined) throw tenantNotFound(tenantId);
    if (isAsAsked(stored, queue)) return;
    try {
      await pipeline.tenants.replace(leaving(stored.value, queue), stored.etag);
    } catch (error) {
      if (error instanceof RowConflict && round < mostRounds) continue;
      throw error;
    }
    pipeline.log.info('tenant-leaving', { tenantId, queue });
    return noteHistory(pipeline, tenantId, whatHappens(stored.value, queue), by);
  }
}

function whatHappens({ state }: Tenant, queue: LeavingQueue): string {
  if (state === 'leaving') return 'Off-boarding goes on without what is still queued: it is dropped.';
  return `Off-boarding began: what is queued is ${queue === 'drain' ? 'still delivered' : 'dropped'}.`;
}

/** @throws TenantError if it is too late for that */
function isAsAsked({ value }: Stored<Tenant>, queue: LeavingQueue): boolean {
  if (value.state !== 'leaving') return false;
  if (value.leaving === 'drop' && queue === 'drain') {
    throw new TenantError(
      'tenant_leaving',
      `Tenant ${value.tenantId} leaves without what was queued, some of which is given up already: let it go, and add it again to have the rest.`,
    );
  }
  return value.leaving === queue;
}

/** Every link is dead, and so is every consent that is under way; troubles of its API are none any more. */
const leaving = (tenant: Tenant, queue: LeavingQueue): Tenant => ({
  ...tenant,
  state: 'leaving',
  leaving: queue,
  invitationHash: undefined,
  trouble: undefined,
  nextCheckAt: undefined,
});
