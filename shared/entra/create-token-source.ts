import type { TokenCredential } from '@azure/identity';
import type { Clock } from '../clock.ts';
import type { Cloud, Clouds, TenantAddress } from './clouds.ts';
import { EntraError } from './entra-error.ts';
import { entraErrorOf } from './entra-error-of.ts';
import { checkedToken, neededRoles } from './checked-token.ts';
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
  /** The newest consent that whoever asked knew of. */
  readonly consentedAt: number;
  token?: TenantToken;
  /** Why there is none, for as long as nobody asks again. */
  refusal?: EntraError;
  /** From when on another token is asked for, milliseconds since the epoch. */
  renewAt: number;
  request?: Promise<TenantToken>;
  /** The last pause for want of roles. */
  pauseMs?: number;
}

/**
 * Tokens by tenant in a map of our own: one credential object for thousands of tenants searches its whole cache at every
 * call, and what it has cached cannot be had fresh. Callers at the same time share one request. One without all the roles
 * that content types need is soon asked for again: an administrator may just be giving them.
 */
export function createTokenSource({ clouds, clientId, clock, credential }: TokenSourceDependencies): TokenSource {
  const entries = new Map<string, Entry>();
  const keyOf = ({ cloud, tenantId }: TenantAddress): string => `${cloud}/${tenantId.toLowerCase()}`;

  /** Other processes are told of a new consent by the tenant's row alone: what they know from before it is forgotten. */
  function entryOf(tenant: TenantAddress): Entry {
    const { consentedAt = 0 } = tenant;
    const key = keyOf(tenant);
    const known = entries.get(key);
    if (known !== undefined && known.consentedAt >= consentedAt) return known;
    const entry = { consentedAt, renewAt: 0 };
    entries.set(key, entry);
    return entry;
  }

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

  /** When a token that lacks roles is worth asking for again: after pauses that grow. */
  function pauseOf(entry: Entry): number {
    entry.pauseMs = Math.min((entry.pauseMs ?? firstPauseMs / 2) * 2, longestPauseMs);
    return clock.now() + entry.pauseMs;
  }

  async function renew(tenant: TenantAddress, entry: Entry): Promise<TenantToken> {
    try {
      const token = await ask(tenant);
      const leftMs = token.expires - clock.now();
      entry.token = token;
      delete entry.refusal;
      entry.renewAt = token.expires - Math.min(renewBeforeMs, leftMs / 2);
      if (neededRoles.every((role) => token.roles.includes(role))) delete entry.pauseMs;
      else entry.renewAt = Math.min(entry.renewAt, pauseOf(entry));
      return token;
    } catch (error) {
      const { token } = entry;
      const kind = error instanceof EntraError ? error.kind : undefined;
      if (kind === 'unreachable' && token !== undefined && token.expires > clock.now() + renewAgainMs) {
        entry.renewAt = clock.now() + renewAgainMs;
        return token;
      }
      delete entry.token;
      delete entry.refusal;
      entry.renewAt = 0;
      if (error instanceof EntraError && kind === 'roles-missing') {
        entry.refusal = error;
        entry.renewAt = pauseOf(entry);
      }
      throw error;
    } finally {
      delete entry.request;
    }
  }

  return {
    async token(tenant, signal) {
      signal?.throwIfAborted();
      const entry = entryOf(tenant);
      if (clock.now() < entry.renewAt) {
        if (entry.token !== undefined) return entry.token;
        if (entry.refusal !== undefined) throw entry.refusal;
      }
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
