import type { Random } from '../random.ts';
import type { Tenant, TenantStore } from '../state/tenants.ts';
import { type RewrittenTenant, rewriteTenant } from './rewrite-tenant.ts';
import { tenantLeaving } from './tenant-error.ts';

/**
 * Changes a tenant that stays, as a person asked, whatever else is written to it meanwhile.
 * @param change gives the same object back if there is nothing to change
 * @throws TenantError if it is not there or leaves, StorageError, RowConflict if others kept coming between
 */
export const updateTenant = (
  stores: { readonly tenants: TenantStore; readonly random: Random },
  tenantId: string,
  change: (tenant: Tenant) => Tenant,
): Promise<RewrittenTenant> =>
  rewriteTenant(stores, tenantId, (tenant) => {
    if (tenant.state === 'leaving') throw tenantLeaving(tenantId);
    return change(tenant);
  });
