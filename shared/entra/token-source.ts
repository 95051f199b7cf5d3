import type { TenantAddress } from './clouds.ts';

/** An app-only token of one tenant for the management resource. */
export interface TenantToken {
  readonly value: string;
  /** The application roles that the token carries, e.g. `ActivityFeed.Read`. Never empty. */
  readonly roles: readonly string[];
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

export interface TokenSource {
  /**
   * The tenant's token, from our own map if it is still good.
   * @throws EntraError
   */
  token(tenant: TenantAddress, signal?: AbortSignal): Promise<TenantToken>;
  /** Forgets the tenant's token, so that the next call asks Microsoft with a new credential object. */
  forget(tenant: TenantAddress): void;
}
