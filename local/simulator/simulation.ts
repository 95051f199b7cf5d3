import type { Body, Content } from './body.ts';
import type { Codes } from './codes.ts';
import type { Consents } from './consents.ts';
import type { Contents } from './contents.ts';
import type { Operation } from './operations.ts';
import type { Subscriptions } from './subscriptions.ts';
import type { Switches } from './switches.ts';
import type { Tenants } from './tenants.ts';

/** Where the simulator is reached: origins without a slash at the end. */
export interface Addresses {
  /** Browsers sign in and consent here; plain HTTP. */
  readonly loginUrl: string;
  /** The Activity API; plain HTTP. */
  readonly managementUrl: string;
  /** Tokens; HTTPS with a throw-away certificate. */
  readonly authorityUrl: string;
}

/** How often something was asked, and how it was answered. */
export interface RequestCount {
  readonly operation: Operation;
  /** The tenant as the path named it; '' if it named none. */
  readonly tenantId: string;
  readonly status: number;
  readonly count: number;
}

export interface RequestCounts {
  add(operation: Operation, tenantId: string, status: number): void;
  list(): RequestCount[];
  clear(): void;
}

/** All that the parts of the simulator share. */
export interface Simulation {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly addresses: Addresses;
  readonly tenants: Tenants;
  readonly consents: Consents;
  readonly codes: Codes;
  readonly subscriptions: Subscriptions;
  readonly contents: Contents;
  readonly switches: Switches;
  readonly requests: RequestCounts;
  /** Signs tokens, page tokens. */
  readonly key: Buffer;
  /** Secrets by client id; an application without one here may bring any credential. */
  readonly clientSecrets: Map<string, string>;
  /** Aborted when the simulator closes. */
  readonly signal: AbortSignal;
  body(content: Content): Body;
}
