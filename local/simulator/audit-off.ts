import { randomUUID } from 'node:crypto';
import type { ApiRequest } from './api-request.ts';
import { ApiRefusal } from './api-refusal.ts';
import type { ContentType } from './content-types.ts';
import type { Simulation } from './simulation.ts';

/**
 * While the unified audit log is off, an exception leaks into the envelope, cut at the first colon (section 2.4).
 * @throws ApiRefusal if it is off
 */
export function requireAuditLog(
  simulation: Simulation,
  method: string,
  request: ApiRequest,
  contentType: ContentType,
): void {
  const { tenantId, token, publisherId } = request;
  const off = simulation.switches.get('audit-off', { tenantId, contentType });
  if (off === false) return;
  const thrown = `Microsoft.Office.Compliance.Audit.DataServiceException: Tenant ${tenantId} does not exist.\r\n   at `;
  if (off === 'old-text') {
    throw new ApiRefusal(
      400,
      `${method} [TenantId=${tenantId},ContentType=${contentType},ApplicationId=${token.clientId},` +
        `PublisherId=${publisherId}] failed. Exception`,
      thrown,
    );
  }
  throw new ApiRefusal(
    400,
    `${method} [CorrId=${randomUUID()}][TenantId=${tenantId},ContentType=${contentType},` +
      `ApplicationId=${token.clientId},PublisherId=${publisherId}][AppId`,
    `${token.clientId.slice(1)}] failed. Exception: ${thrown}Microsoft.Office.Compliance.Audit.API.AzureManager.` +
      `GetSubscriptionTableClientForTenant(Guid tenantId)\r\n   at Microsoft.Office.Compliance.Audit.API.StartController.`,
  );
}
