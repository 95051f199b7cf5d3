import type { HttpRequest } from '@azure/functions';

import { isGuid } from '../entra/tenant-name.ts';
import { ApiError } from '../http/api-error.ts';
import type { Relay } from '../relay.ts';
import type { Stored } from '../state/stored.ts';
import type { Tenant } from '../state/tenants.ts';
import { tenantNotFound } from '../tenants/tenant-error.ts';

/** The tenant that a route's `{tenantId}` names. @throws ApiError 400, TenantError, StorageError */
export async function findTenant({ tenants }: Relay, request: HttpRequest): Promise<Stored<Tenant>> {
  const tenantId = request.params['tenantId']?.toLowerCase() ?? '';
  if (!isGuid(tenantId))
    throw new ApiError(400, 'invalid_tenant', 'A tenant is named by its GUID here: look it up in the list.');
  const tenant = await tenants.get(tenantId);
  if (tenant === undefined) throw tenantNotFound(tenantId);
  return tenant;
}
