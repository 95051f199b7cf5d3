import { z } from 'zod';
import type { Answer } from './answer.ts';
import { jsonAnswer } from './answer.ts';
import type { ApiRequest } from './api-request.ts';
import { contentTypeOf } from './api-request.ts';
import { ApiRefusal } from './api-refusal.ts';
import { requireAuditLog } from './audit-off.ts';
import { contentTypes } from './content-types.ts';
import { roleFor } from './permissions.ts';
import { requireRole, standingOf } from './require-subscription.ts';
import type { Simulation } from './simulation.ts';
import type { Subscription } from './subscriptions.ts';

const startBody = z.object({ webhook: z.object({ address: z.string() }).nullish() });

/** Webhooks are not simulated: none can be validated. @throws ApiRefusal */
function refuseWebhook(body: string): void {
  if (body.trim() === '') return;
  let parsed;
  try {
    parsed = startBody.safeParse(JSON.parse(body));
  } catch {
    throw new ApiRefusal(400, 'AF20002', 'Invalid parameter type: webhook. Expected type: object');
  }
  const address = parsed.data?.webhook?.address;
  if (address === undefined) return;
  const why = address.startsWith('https:') ? 'It did not return HTTP 200.' : 'It must begin with HTTPS.';
  throw new ApiRefusal(400, 'AF20021', `The webhook endpoint (${address}) could not be validated. ${why}`);
}

/** Start: at most one in 15 minutes for each tenant, application and type; enabled already is AF20024 (section 1.1). */
export function startAnswer(simulation: Simulation, request: ApiRequest): Answer {
  const { switches, subscriptions, now } = simulation;
  const { tenantId, token } = request;
  const contentType = contentTypeOf(request.query);
  requireRole(request, [roleFor(contentType)]);
  requireAuditLog(simulation, 'StartSubscription', request, contentType);
  refuseWebhook(request.body);
  const key = { tenantId, clientId: token.clientId, contentType };
  const known = subscriptions.find(key);
  const wait = (known?.lastStart ?? -Infinity) + switches.get('start-throttle', key) * 60_000 - now();
  if (wait > 0) {
    const seconds = Math.ceil(wait / 1000);
    throw new ApiRefusal(
      switches.get('throttle-answer', key).status,
      '429',
      'Too many frequent subscription start requests. Please retry again after ' +
        `${Math.floor(seconds / 60)}m ${seconds % 60}s.`,
    );
  }
  const lastStart = now();
  const disabled = switches.get('subscription-disabled', key);
  if (known?.enabled === true && !disabled) {
    subscriptions.put({ ...known, lastStart });
    if (switches.get('start-already-enabled', key) === 'AF20024') {
      throw new ApiRefusal(400, 'AF20024', 'The subscription is already enabled. No property change.');
    }
  } else {
    const missed = known?.missed ?? [];
    const added = known?.stopped === undefined ? missed : [...missed, [known.stopped, lastStart] as const];
    subscriptions.put({ ...key, enabled: true, lastStart, since: lastStart, missed: added });
  }
  return jsonAnswer(200, { contentType, status: disabled ? 'disabled' : 'enabled', webhook: null });
}

/** Stop: nothing can be listed or fetched until the next start, and what becomes available until then is missed. */
export function stopAnswer(simulation: Simulation, request: ApiRequest): Answer {
  const contentType = contentTypeOf(request.query);
  requireRole(request, [roleFor(contentType)]);
  const key = { tenantId: request.tenantId, clientId: request.token.clientId, contentType };
  const known = simulation.subscriptions.find(key);
  if (known?.enabled !== true) {
    throw new ApiRefusal(400, 'AF20022', 'No subscription found for the specified content type.');
  }
  simulation.subscriptions.put({ ...known, enabled: false, stopped: simulation.now() });
  return { status: 200, body: '' };
}

/** The caller's subscriptions; a type that was never started is absent. */
export function subscriptionsAnswer(simulation: Simulation, request: ApiRequest): Answer {
  const { tenantId, token } = request;
  requireRole(request, ['ActivityFeed.Read', 'ActivityFeed.ReadDlp']);
  const own = simulation.subscriptions.of(tenantId, token.clientId);
  const inOrder = contentTypes.flatMap((contentType) => own.filter((each) => each.contentType === contentType));
  return jsonAnswer(
    200,
    inOrder.flatMap((each) => {
      const status = standingOf(simulation, each);
      return status === undefined ? [] : [entryOf(simulation, each, status)];
    }),
  );
}

function entryOf({ switches }: Simulation, subscription: Subscription, status: string): Record<string, unknown> {
  const { contentType } = subscription;
  const style = switches.get('subscription-entries', subscription);
  if (style === 'without-status') return { contentType, webhook: null };
  if (style === 'normal') return { contentType, status, webhook: null };
  return { contentType: contentType.toUpperCase(), status: status.toUpperCase(), webhook: null };
}
