import type { ApiRequest } from './api-request.ts';
import { ApiRefusal } from './api-refusal.ts';
import type { ContentType } from './content-types.ts';
import { roleFor } from './permissions.ts';
import type { Simulation } from './simulation.ts';
import type { Subscription } from './subscriptions.ts';

/** @throws ApiRefusal AF10001 if the token has none of these roles */
export function requireRole(request: ApiRequest, accepted: readonly string[]): void {
  const { roles } = request.token;
  if (accepted.some((role) => roles.includes(role))) return;
  throw new ApiRefusal(
    401,
    'AF10001',
    `The permission set (${roles.join(' ')}) sent in the request does not include the expected permission.`,
  );
}

/** The caller's enabled subscription of a content type. @throws ApiRefusal AF10001, AF20022, AF20023 */
export function requireSubscription(
  simulation: Simulation,
  request: ApiRequest,
  contentType: ContentType,
): Subscription {
  const { tenantId, token } = request;
  requireRole(request, [roleFor(contentType)]);
  const subscription = simulation.subscriptions.find({ tenantId, clientId: token.clientId, contentType });
  if (subscription?.enabled !== true) {
    throw new ApiRefusal(400, 'AF20022', 'No subscription found for the specified content type.');
  }
  if (simulation.switches.get('subscription-disabled', { tenantId, contentType })) {
    throw new ApiRefusal(400, 'AF20023', 'The subscription was disabled.');
  }
  return subscription;
}
