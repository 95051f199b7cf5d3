import type { TokenCredential } from '@azure/identity';
import type { Clock } from '../clock.ts';
import type { Cloud, Clouds, TenantAddress } from './clouds.ts';
import { EntraError } from './entra-error.ts';
import { entraErrorOf } from './entra-error-of.ts';
import { checkedToken } from './checked-token.ts';
import type { TenantToken, TokenSource } from './token-source.ts';

export interface TokenSourceDependencies {
  readonly clouds: Clouds;
  /** Our multi-tenant app, which every token must be made out to. */
  readonly clientId: string;
  readonly clock: Clock;
  /** A new credential object for one tenant; asked for whenever a token is. */
  readonly credential: (cloud: Cloud, tenantId: string) => TokenCredential;
}

const renewBeforeMs = 5 * 60_000;
/** Between two tries to renew a token that is still good, while Entra cannot be reached. */
const renewAgainMs = 30_000;
const firstPauseMs = 5_000;
const longestPauseMs = 3_600_000;

interface Entry {
  token?: TenantToken;
  /** From when on another token is asked for, milliseconds since the epoch. */
  renewAt: number;
  request?: Promise<TenantToken>;
  pause?: { readonly error: EntraError; readonly until: number; readonly lengthMs: number };
}

/**
 * Tokens by tenant in a map of our own: one credential object for thousands of tenants searches its whole cache at every
 * call, and what it has cached cannot be had fresh. Callers at the same time share one request.
 */
export function createTokenSource({ clouds, clientId, clock, credential }: TokenSourceDependencies): TokenSource {
  const entries = new Map<string, Entry>();
  const keyOf = ({ cloud, tenantId }: TenantAddress): string => `${cloud}/${tenantId.toLowerCase()}`;

  async function ask({ cloud, tenantId }: TenantAddress): Promise<TenantToken> {
    const found = clouds[cloud];
    if (found === undefined) {
      const message = `Tenant ${tenantId} is in cloud "${cloud}", which this deployment does not have; set CLOUD.`;
      throw new EntraError(message, { kind: 'rejected' });
    }
    try {
      const answer = await credential(found, tenantId).getToken(`${found.managementResource}/.default`);
      return checkedToken(answer, tenantId, clientId);
    } catch (fault) {
      throw entraErrorOf(fault, tenantId);
    }
  }

  async function renew(tenant: TenantAddress, entry: Entry): Promise<TenantToken> {
    try {
      const token = await ask(tenant);
      const leftMs = token.expires - clock.now();
      entry.token = token;
      entry.renewAt = token.expires - Math.min(renewBeforeMs, leftMs / 2);
      delete entry.pause;
      return token;
    } catch (error) {
      const { token } = entry;
      const kind = error instanceof EntraError ? error.kind : undefined;
      if (kind === 'unreachable' && token !== undefined && token.expires > clock.now() + renewAgainMs) {
        entry.renewAt = clock.now() + renewAgainMs;
        return token;
      }
      delete entry.token;
      if (error instanceof EntraError && kind === 'roles-missing') {
        const lengthMs = Math.min((entry.pause?.lengthMs ?? firstPauseMs / 2) * 2, longestPauseMs);
        entry.pause = { error, until: clock.now() + lengthMs, lengthMs };
      }
      throw error;
    } finally {
      delete entry.request;
    }
  }

  return {
    async token(tenant, signal) {
      signal?.throwIfAborted();
      const key = keyOf(tenant);
      const entry = entries.get(key) ?? { renewAt: 0 };
      entries.set(key, entry);
      const now = clock.now();
      if (entry.token !== undefined && now < entry.renewAt) return entry.token;
      if (entry.pause !== undefined && now < entry.pause.until) throw entry.pause.error;
      entry.request ??= renew(tenant, entry);
      return orAborted(entry.request, signal);
    },

    forget(tenant) {
      // A request under way goes on for those who wait for it; its entry is out of the map, so nobody else gets its token.
      entries.delete(keyOf(tenant));
    },
  };
}

/** Whoever gives up leaves alone; the request goes on for the others. */
async function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  let leave: (() => void) | undefined;
  try {
    return await Promise.race([
      promise,
      new Promise<never>((_resolve, reject) => {
        leave = () => {
          reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
        };
        signal.addEventListener('abort', leave, { once: true });
      }),
    ]);
  } finally {
    if (leave !== undefined) signal.removeEventListener('abort', leave);
  }
}
