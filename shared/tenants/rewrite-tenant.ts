import type { Random } from '../random.ts';
import { RowConflict } from '../state/table.ts';
import type { Tenant, TenantStore } from '../state/tenants.ts';
import { tenantNotFound } from './tenant-error.ts';

/** How often the tenant is read again when the lister or somebody else wrote it meanwhile. */
const mostRounds = 10;

/** Marks that a row keeps: nobody's write is met again after more changes than that. */
const mostMarks = 4;

/** The tenant as this change found it and as it made it: what others changed meanwhile is in both or in neither. */
export interface RewrittenTenant {
  readonly before: Tenant;
  readonly after: Tenant;
}

/**
 * Changes the row of a tenant as a person asked, whatever else is written to it meanwhile. Of two who ask for the same
 * thing at the same moment, as a double click does, one has changed it and the other nothing.
 * @param change gives the same object back if there is nothing to change; what it throws is thrown
 * @throws TenantError if it is not there, StorageError, RowConflict if others kept coming between
 */
export async function rewriteTenant(
  { tenants, random }: { readonly tenants: TenantStore; readonly random: Random },
  tenantId: string,
  change: (tenant: Tenant) => Tenant,
): Promise<RewrittenTenant> {
  const mark = random.token(6);
  let tried: RewrittenTenant | undefined;
  for (let round = 1; ; round += 1) {
    const stored = await tenants.get(tenantId);
    if (stored === undefined) throw tenantNotFound(tenantId);
    const before = stored.value;
    const wanted = change(before);
    const { changeMarks: marks = [] } = before;
    // A write that was done although its answer got lost meets itself: what it changed is told all the same.
    if (wanted === before) return tried && marks.includes(mark) ? tried : { before, after: before };
    const after = { ...wanted, changeMarks: [...marks, mark].slice(-mostMarks) };
    tried = { before, after };
    try {
      await tenants.replace(after, stored.etag);
      return tried;
    } catch (error) {
      if (!(error instanceof RowConflict) || round >= mostRounds) throw error;
    }
  }
}
