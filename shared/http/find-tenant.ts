import type { HttpRequest } from '@azure/functions';

import { isGuid } from '../entra/tenant-name.ts';
import { ApiError } from '../http/api-error.ts';
import type { Relay } from '../relay.ts';
import type { Stored } from '../state/stored.ts';
import type { Tenant } from '../state/tenants.ts';

/** The tenant that a route's `{tenantId}` names. @throws ApiError 400, 404 */
export async function findTenant({ tenants }: Relay, request: HttpRequest): Promise<Stored<Tenant>> {
  const tenantId = request.params['tenantId']?.toLowerCase() ?? '';
  if (!isGuid(tenantId))
    throw new ApiError(400, 'invalid_tenant', 'A tenant is named by its GUID here: look it up in the list.');
  const tenant = await tenants.get(tenantId);
  if (tenant) return tenant;
  throw new ApiError(404, 'tenant_not_found', `There is no tenant ${tenantId}: add it first.`);
}
