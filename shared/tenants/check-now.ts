import type { Pipeline } from '../pipeline/pipeline.ts';
import { forgetRetries } from './forget-retries.ts';
import { type Actor, noteHistory } from './note-history.ts';
import { updateTenant } from './update-tenant.ts';

/**
 * Asks the lister to look at a tenant in its next cycle, past all pauses of ours: with a new token, and at the
 * subscriptions of active feeds too. It may run in another process, so everything goes through rows. What Microsoft
 * wants is obeyed all the same: the tenant's throttle mark, and one start in 15 minutes.
 * @throws TenantError, StorageError, RowConflict
 */
export async function checkNow(relay: Pipeline, tenantId: string, by: Actor): Promise<void> {
  const checkAskedAt = relay.clock.now();
  await forgetRetries(relay, tenantId);
  await updateTenant(relay, tenantId, (tenant) => ({ ...tenant, checkAskedAt, nextCheckAt: undefined }));
  await noteHistory(relay, tenantId, 'Asked to be checked now.', by);
}
