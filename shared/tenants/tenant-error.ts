/**
 * What was asked of a tenant cannot be done as it stands. The message is one sentence with what to do.
 * - `tenant_not_found`: nobody added it, or it is gone
 * - `tenant_leaving`: it is being off-boarded
 */
export class TenantError extends Error {
  override readonly name = 'TenantError';
  readonly code: 'tenant_not_found' | 'tenant_leaving';

  constructor(code: TenantError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

export const tenantNotFound = (tenantId: string): TenantError =>
  new TenantError('tenant_not_found', `There is no tenant ${tenantId}: add it first.`);

export const tenantLeaving = (tenantId: string): TenantError =>
  new TenantError('tenant_leaving', `Tenant ${tenantId} is being off-boarded: add it again when it is gone.`);
