import type { Clock } from '../clock.ts';
import type { TenantAddress } from '../entra/clouds.ts';
import type { TenantToken, TokenSource } from '../entra/token-source.ts';
import { ActivityApiError } from './activity-api-error.ts';
import { answerError } from './answer-error.ts';
import { BodyTooLarge, readText } from './read-body.ts';
import type { RequestBudget } from './request-budget.ts';
import type { RequestUse } from './request-use.ts';
import type { Answer, Transport } from './transport.ts';
import { createTurns } from './turns.ts';
import { unreachableError } from './unreachable-error.ts';

export interface CallerDependencies {
  readonly tokens: TokenSource;
  readonly clock: Clock;
  readonly transport: Transport;
  readonly idleTimeoutMs: number;
  readonly budget: RequestBudget | undefined;
  readonly onDateSkew: ((tenant: TenantAddress, skewMs: number) => void) | undefined;
}

export interface Call {
  readonly tenant: TenantAddress;
  /** Beginning of a sentence, e.g. `Listing Audit.Exchange of tenant …`. */
  readonly subject: string;
  readonly use: RequestUse;
  readonly method: 'GET' | 'POST';
  /** Asked right before each request, so that what depends on the time is fresh. */
  readonly url: () => string;
}

/** Makes one call and returns its answer, which is a success. @throws ActivityApiError, EntraError, the signal's reason */
export type Caller = (call: Call, signal: AbortSignal) => Promise<Answer>;

const errorBodyLimit = 65_536;
const tolerableSkewMs = 60_000;
/** One clock is wrong for all requests alike: to hear of it once is enough. */
const skewPauseMs = 3_600_000;

/** A tenant whose API hangs keeps what it was sent for half a minute each; the connections of the others are not its. */
const fetchesPerTenant = 32;

/** Calls with the tenant's token and within its budget; a token refused is renewed once. */
export function createCaller(deps: CallerDependencies): Caller {
  const { tokens, clock, transport, idleTimeoutMs, budget, onDateSkew } = deps;
  const fetches = createTurns(fetchesPerTenant);
  let skewQuietUntil = -Infinity;

  function tellSkew(tenant: TenantAddress, skewMs: number): void {
    const now = clock.now();
    if (!(Math.abs(skewMs) > tolerableSkewMs) || now < skewQuietUntil) return;
    skewQuietUntil = now + skewPauseMs;
    onDateSkew?.(tenant, skewMs);
  }

  async function send(call: Call, token: TenantToken, signal: AbortSignal): Promise<Answer> {
    const { tenant, subject, use, method } = call;
    await budget?.take(tenant, use, signal);
    return transport({ subject, use, method, url: call.url(), token: token.value }, signal);
  }

  /** A fetch has its turn until its body has been read, or broke off: so long it has a connection. */
  async function sendInTurn(call: Call, token: TenantToken, signal: AbortSignal): Promise<Answer> {
    const endTurn = await fetches.take(call.tenant.tenantId, signal);
    try {
      const answer = await send(call, token, signal);
      if (answer.body.closed) endTurn();
      else answer.body.once('close', endTurn);
      return answer;
    } catch (error) {
      endTurn();
      throw error;
    }
  }

  async function attempt(call: Call, token: TenantToken, signal: AbortSignal): Promise<Answer> {
    const { subject, use } = call;
    const answer = await (use === 'fetching' ? sendInTurn : send)(call, token, signal);
    const date = Date.parse(answer.header('date') ?? '');
    tellSkew(call.tenant, date - clock.now());
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw answerError(subject, {
      status: answer.status,
      body: await readErrorBody(answer, subject, signal),
      retryAfter: answer.header('retry-after'),
      date: Number.isNaN(date) ? clock.now() : date,
    });
  }

  async function readErrorBody(answer: Answer, subject: string, signal: AbortSignal): Promise<string> {
    try {
      return await readText(answer.body, idleTimeoutMs, errorBodyLimit);
    } catch (fault) {
      signal.throwIfAborted();
      if (fault instanceof BodyTooLarge) return '';
      throw unreachableError(subject, fault);
    }
  }

  /** Others may have renewed the token while we were refused with the old one: theirs is as fresh as ours would be. */
  async function renew(tenant: TenantAddress, refused: TenantToken, signal: AbortSignal): Promise<TenantToken> {
    const current = await tokens.token(tenant, signal);
    if (current.value !== refused.value) return current;
    tokens.forget(tenant);
    return tokens.token(tenant, signal);
  }

  return async (call, signal) => {
    const token = await tokens.token(call.tenant, signal);
    try {
      return await attempt(call, token, signal);
    } catch (error) {
      if (!(error instanceof ActivityApiError && error.kind === 'unauthorized')) throw error;
    }
    const fresh = await renew(call.tenant, token, signal);
    return attempt(call, fresh, signal);
  };
}
