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

/**
 * What a subscription counts for at this moment: one that vanished, or whose start still takes, is none.
 * @returns `undefined` if there is none
 */
export function standingOf(
  simulation: Simulation,
  subscription: Subscription | undefined,
): 'enabled' | 'disabled' | undefined {
  const { switches, subscriptions, now } = simulation;
  if (subscription === undefined || subscription.vanished === true) return undefined;
  if (!subscription.enabled) return 'disabled';
  const { tenantId, contentType, lastStart, since = lastStart } = subscription;
  const vanishing = switches.get('vanished-subscription', subscription);
  if (switches.draw('vanished-subscription', `${tenantId}/${contentType}`, vanishing)) {
    subscriptions.put({ ...subscription, enabled: false, vanished: true });
    return undefined;
  }
  if (now() < since + switches.get('start-takes', subscription) * 1000) return undefined;
  return switches.get('subscription-disabled', subscription) ? 'disabled' : 'enabled';
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
  const standing = standingOf(simulation, subscription);
  if (subscription?.enabled !== true || standing === undefined) {
    throw new ApiRefusal(400, 'AF20022', 'No subscription found for the specified content type.');
  }
  if (standing === 'disabled') throw new ApiRefusal(400, 'AF20023', 'The subscription was disabled.');
  return subscription;
}
