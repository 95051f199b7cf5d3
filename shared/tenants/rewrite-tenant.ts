import { RowConflict } from '../state/table.ts';
import type { Tenant, TenantStore } from '../state/tenants.ts';
import { tenantNotFound } from './tenant-error.ts';

/** How often the tenant is read again when the lister or somebody else wrote it meanwhile. */
const mostRounds = 10;

/** The tenant as this change found it and as it made it: what others changed meanwhile is in both or in neither. */
export interface RewrittenTenant {
  readonly before: Tenant;
  readonly after: Tenant;
}

/**
 * Changes the row of a tenant as a person asked, whatever else is written to it meanwhile.
 * @param change gives the same object back if there is nothing to change; what it throws is thrown
 * @throws TenantError if it is not there, StorageError, RowConflict if others kept coming between
 */
export async function rewriteTenant(
  { tenants }: { readonly tenants: TenantStore },
  tenantId: string,
  change: (tenant: Tenant) => Tenant,
): Promise<RewrittenTenant> {
  let tried: RewrittenTenant | undefined;
  for (let round = 1; ; round += 1) {
    const stored = await tenants.get(tenantId);
    if (stored === undefined) throw tenantNotFound(tenantId);
    const before = stored.value;
    const after = change(before);
    // A write that was done although its answer got lost meets itself: what it changed is told all the same.
    if (after === before) return tried ?? { before, after };
    tried = { before, after };
    try {
      await tenants.replace(after, stored.etag);
      return tried;
    } catch (error) {
      if (!(error instanceof RowConflict) || round >= mostRounds) throw error;
    }
  }
}
