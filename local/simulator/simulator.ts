import type { Consent } from './consents.ts';
import type { FeedAccount } from './contents.ts';
import type { Offer } from './offering.ts';
import type { Addresses, RequestCount } from './simulation.ts';
import type { Switches } from './switches.ts';
import type { SimulatedTenant, Tenants } from './tenants.ts';

export interface SimulatorOptions {
  /** Port of login, API and control; default: the one remembered in `directory`, else a free one. */
  readonly port?: number | undefined;
  /** Port of the authority (TLS); default: a free one. */
  readonly authorityPort?: number | undefined;
  /** Where everything is kept that a restart must remember; without it, in memory only. */
  readonly directory?: string | undefined;
  readonly tenants?: readonly SimulatedTenant[] | undefined;
  /** NDJSON file of records to offer, `.gz` or not. Their tenants are added. */
  readonly records?: string | undefined;
  /** Three made-up customers with records: a backlog, then new contents until stopped (`stream`) or for a while. */
  readonly demo?: 'stream' | 'finite' | undefined;
  /** Milliseconds between two contents of the demo; default 1,000. */
  readonly demoInterval?: number | undefined;
  /** How many contents the finite demo brings after its backlog; default 30. */
  readonly demoContents?: number | undefined;
  readonly seed?: number | undefined;
  /** Secrets by client id; an application without one may bring any credential. */
  readonly clientSecrets?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds since the epoch. */
  readonly now?: (() => number) | undefined;
}

/** What was offered so far, and whether more is to come. */
export interface OfferedAccount {
  readonly done: boolean;
  readonly feeds: readonly FeedAccount[];
}

/** A running simulator of Microsoft 365. */
export interface Simulator extends Addresses {
  /** PEM text: trust it, and the authority is trusted. */
  readonly certificate: string;
  readonly tenants: Tenants;
  readonly switches: Switches;
  /** Makes a content available. @throws SimulatorError */
  readonly offer: Offer;
  offered(): OfferedAccount;
  /** What an administrator would grant in the browser; default: all application roles. @throws SimulatorError */
  consent(tenantId: string, clientId: string, roles?: readonly string[]): void;
  /** The customer deletes the enterprise application; tokens already issued stay good until they expire. */
  withdraw(tenantId: string, clientId: string): void;
  consents(): readonly Consent[];
  setClientSecret(clientId: string, secret: string): void;
  requests(): readonly RequestCount[];
  clearRequests(): void;
  /** Ends all connections at once. */
  close(): Promise<void>;
}
