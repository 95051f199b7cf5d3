import type { Clock } from '../clock.ts';
import type { Cloud, Clouds, TenantAddress } from '../entra/clouds.ts';
import type { TokenSource } from '../entra/token-source.ts';
import { ActivityApiError } from './activity-api-error.ts';
import type { ActivityApi } from './activity-api.ts';
import { answerError } from './answer-error.ts';
import { createCaller } from './caller.ts';
import { checkAddress } from './check-address.ts';
import type { ContentType } from './content-types.ts';
import { listPages } from './list-pages.ts';
import { listingUrl } from './listing-url.ts';
import { openContent } from './open-content.ts';
import { parseSubscriptions } from './parse-subscriptions.ts';
import { withPublisherIdentifier } from './publisher-identifier.ts';
import { pageInstead, readJson, wrongShape } from './read-json.ts';
import type { RequestBudget } from './request-budget.ts';
import { createTransport } from './transport.ts';
import { unreachableError } from './unreachable-error.ts';

export interface ActivityApiDependencies {
  readonly clouds: Clouds;
  readonly tokens: TokenSource;
  /** Tenant GUID of whoever runs this app; sent with every request. */
  readonly publisherId: string;
  readonly clock: Clock;
  /** How long a connection may take to be made, milliseconds; 30 s. */
  readonly connectTimeoutMs?: number;
  /** How long nothing may arrive while it is awaited, milliseconds; 30 s. */
  readonly idleTimeoutMs?: number;
  readonly budget?: RequestBudget;
  /** Told when the API's clock and ours are over a minute apart, once an hour. @param skewMs theirs minus ours, milliseconds */
  readonly onDateSkew?: (tenant: TenantAddress, skewMs: number) => void;
}

/** The Office 365 Management Activity API over HTTPS. An aborted signal makes every method throw its reason. */
export function createActivityApi(deps: ActivityApiDependencies): ActivityApi {
  const { clouds, tokens, publisherId, clock, connectTimeoutMs = 30_000, idleTimeoutMs = 30_000 } = deps;
  const call = createCaller({
    tokens,
    clock,
    transport: createTransport({ connectTimeoutMs, idleTimeoutMs }),
    idleTimeoutMs,
    budget: deps.budget,
    onDateSkew: deps.onDateSkew,
  });

  function cloudOf({ tenantId, cloud }: TenantAddress): Cloud {
    const found = clouds[cloud];
    if (found !== undefined) return found;
    throw new ActivityApiError(
      `Tenant ${tenantId} is in cloud "${cloud}", which this deployment does not have; set CLOUD.`,
      { kind: 'rejected' },
    );
  }

  const feedUrl = (tenant: TenantAddress): string =>
    `${cloudOf(tenant).managementUrl}/api/v1.0/${tenant.tenantId}/activity/feed`;

  /** Calls an operation on subscriptions and returns what it answers. */
  async function operate(
    operation: { tenant: TenantAddress; subject: string; method: 'GET' | 'POST'; path: string },
    signal: AbortSignal,
  ): Promise<{ status: number; json: unknown }> {
    const { tenant, subject, method, path } = operation;
    const url = withPublisherIdentifier(`${feedUrl(tenant)}/subscriptions/${path}`, publisherId);
    const answer = await call({ tenant, subject, use: 'listing', method, url: () => url }, signal);
    return { status: answer.status, json: await readJson(subject, answer, idleTimeoutMs, signal) };
  }

  const toggle = async (
    tenant: TenantAddress,
    contentType: ContentType,
    verb: 'start' | 'stop',
    signal: AbortSignal,
  ): Promise<void> => {
    const subject = `${verb === 'start' ? 'Starting' : 'Stopping'} ${contentType} of tenant ${tenant.tenantId}`;
    await operate({ tenant, subject, method: 'POST', path: `${verb}?contentType=${contentType}` }, signal);
  };

  return {
    async listSubscriptions(tenant, signal) {
      const subject = `Listing the subscriptions of tenant ${tenant.tenantId}`;
      const { status, json } = await operate({ tenant, subject, method: 'GET', path: 'list' }, signal);
      const subscriptions = parseSubscriptions(json);
      if (subscriptions === undefined) throw wrongShape(subject, status, 'is not an array');
      return subscriptions;
    },

    async startSubscription(tenant, contentType, signal) {
      try {
        await toggle(tenant, contentType, 'start', signal);
      } catch (error) {
        // "The subscription is already enabled. No property change.": a success that comes as an error.
        if (!(error instanceof ActivityApiError && error.code?.toUpperCase() === 'AF20024')) throw error;
      }
    },

    async stopSubscription(tenant, contentType, signal) {
      try {
        await toggle(tenant, contentType, 'stop', signal);
      } catch (error) {
        if (!(error instanceof ActivityApiError && /^(?:no-subscription|subscription-disabled)$/.test(error.kind))) {
          throw error;
        }
      }
    },

    async *listContents(tenant, contentType, window, signal) {
      const subject = `Listing ${contentType} of tenant ${tenant.tenantId}`;
      const firstUrl = (): string => listingUrl(feedUrl(tenant), contentType, window, clock.now(), subject);
      yield* listPages(call, { tenant, cloud: cloudOf(tenant), publisherId, subject, idleTimeoutMs, firstUrl }, signal);
    },

    async fetchContent(tenant, uri, signal) {
      const subject = `Fetching a content of tenant ${tenant.tenantId}`;
      checkAddress(uri, 'content', tenant, cloudOf(tenant));
      const url = withPublisherIdentifier(uri, publisherId);
      const answer = await call({ tenant, subject, use: 'fetching', method: 'GET', url: () => url }, signal);
      const { status } = answer;
      if (status !== 200) {
        answer.body.destroy();
        throw wrongShape(subject, status, `has status ${status} instead of 200`);
      }
      const broken = (fault: unknown): unknown => (signal.aborted ? signal.reason : unreachableError(subject, fault));
      const opened = await openContent(answer.body, idleTimeoutMs).catch((fault: unknown) => {
        throw broken(fault);
      });
      if (opened.kind === 'page') throw pageInstead(subject, status);
      if (opened.kind === 'error') throw answerError(subject, { status, body: opened.error, date: clock.now() });
      return rethrow(opened.bytes, broken);
    },
  };
}

async function* rethrow(
  bytes: AsyncIterable<Uint8Array>,
  broken: (fault: unknown) => unknown,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* bytes;
  } catch (fault) {
    throw broken(fault);
  }
}
