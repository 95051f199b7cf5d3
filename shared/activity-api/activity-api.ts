import type { TenantAddress } from '../entra/clouds.ts';
import type { ContentType } from './content-types.ts';

/** A content as the API lists it: a JSON array of records behind `uri`. Times are milliseconds since the epoch. */
export interface ListedContent {
  readonly id: string;
  readonly uri: string;
  readonly created: number;
  /** Read from the listing, never computed: the documented 7 days are not what the service does. */
  readonly expires: number;
}

export interface Subscription {
  readonly contentType: ContentType;
  readonly enabled: boolean;
}

/** A span of listing: `from` inclusive, `to` exclusive, milliseconds since the epoch, whole seconds. */
export interface ListingWindow {
  readonly from: number;
  readonly to: number;
}

/**
 * The Office 365 Management Activity API as the pipeline sees it. Every method throws an `ActivityApiError`, or an
 * `EntraError` when no token could be had; both say in `kind` what the caller can do about it.
 */
export interface ActivityApi {
  listSubscriptions(tenant: TenantAddress, signal: AbortSignal): Promise<Subscription[]>;
  /** Resolves when the subscription is enabled, also if it already was (AF20024). */
  startSubscription(tenant: TenantAddress, contentType: ContentType, signal: AbortSignal): Promise<void>;
  /** Resolves when the subscription is stopped or does not exist. */
  stopSubscription(tenant: TenantAddress, contentType: ContentType, signal: AbortSignal): Promise<void>;
  /** The pages of one listing, in the API's order. A page may be empty without being the last. */
  listContents(
    tenant: TenantAddress,
    contentType: ContentType,
    window: ListingWindow,
    signal: AbortSignal,
  ): AsyncIterable<readonly ListedContent[]>;
  /**
   * The body of one content, as bytes arrive. Errors of the answer are thrown by the promise, errors of the transport
   * (reset, idle time-out, early end) by the iteration.
   */
  fetchContent(tenant: TenantAddress, uri: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
}
