import type { ApiRequest } from './api-request.ts';
import { ApiRefusal } from './api-refusal.ts';
import { isGuid } from './guid.ts';
import type { Operation } from './operations.ts';
import type { Simulation } from './simulation.ts';
import type { SwitchValue } from './switch-table.ts';

const noPublisher = '00000000-0000-0000-0000-000000000000';

const methods: Partial<Record<Operation, string>> = {
  start: 'StartSubscription',
  stop: 'StopSubscription',
  subscriptions: 'ListSubscriptions',
  list: 'GetContents',
  fetch: 'GetBlob',
};

function retryAfter(answer: SwitchValue<'throttle-answer'>, now: number): Record<string, string> {
  const { retryAfterSeconds, retryAfterText, asDate } = answer;
  if (retryAfterText !== undefined) return { 'Retry-After': retryAfterText };
  if (retryAfterSeconds === null) return {};
  const date = () => new Date(now + retryAfterSeconds * 1000).toUTCString();
  return { 'Retry-After': asDate ? date() : String(retryAfterSeconds) };
}

/** Checks a call against the quotas. @throws ApiRefusal AF429 */
export type Quota = (request: ApiRequest, operation: Operation) => void;

/** Quotas by the minute: one for each tenant and publisher, one pool for all who send no PublisherIdentifier. */
export function createQuota(simulation: Simulation): Quota {
  const { switches } = simulation;
  const used = new Map<string, { minute: number; calls: number }>();

  return (request, operation) => {
    const { tenantId, publisherId } = request;
    const minute = Math.floor(simulation.now() / 60_000);
    const pool = publisherId === noPublisher ? noPublisher : `${tenantId}/${publisherId}`;
    const before = used.get(pool);
    const calls = before?.minute === minute ? before.calls + 1 : 1;
    used.set(pool, { minute, calls });
    const allowed = switches.get(publisherId === noPublisher ? 'shared-quota' : 'quota', { tenantId });

    const throttle = switches.get('throttle', { tenantId });
    let throttled = false;
    if (throttle !== null && throttle.operations?.includes(operation) !== false) {
      const made = switches.count('throttle', tenantId);
      throttled = made >= throttle.after && (throttle.times === null || made < throttle.after + throttle.times);
    }
    if (calls <= allowed && !throttled) return;
    const answer = switches.get('throttle-answer', { tenantId });
    throw new ApiRefusal(
      answer.status,
      'AF429',
      `Too many requests. Method=${methods[operation] ?? operation}, PublisherId=${publisherId}`,
      retryAfter(answer, simulation.now()),
    );
  };
}

/** Whose quota a call uses. @throws ApiRefusal AF20002 if PublisherIdentifier is no GUID */
export function publisherOf(query: ReadonlyMap<string, string>): string {
  const publisherId = query.get('publisheridentifier');
  if (publisherId === undefined || publisherId === '') return noPublisher;
  if (isGuid(publisherId)) return publisherId.toLowerCase();
  throw new ApiRefusal(400, 'AF20002', 'Invalid parameter type: PublisherIdentifier. Expected type: guid');
}
