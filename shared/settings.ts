import type { CloudName, Clouds } from './entra/clouds.ts';

/** How the app proves to Entra who it is. */
export type CredentialSettings =
  | { readonly kind: 'federated'; readonly managedIdentityClientId: string }
  | { readonly kind: 'certificate'; readonly pem: string }
  | { readonly kind: 'secret'; readonly secret: string };

/** Where the app keeps its tables, queues and blobs. */
export type StorageSettings =
  | { readonly connectionString: string }
  | {
      readonly tableServiceUri: string;
      readonly queueServiceUri: string;
      readonly blobServiceUri: string;
      /** `undefined`: the system-assigned identity. */
      readonly managedIdentityClientId: string | undefined;
    };

export type DestinationSettings =
  | { readonly name: string; readonly type: 'file'; readonly path: string }
  | {
      readonly name: string;
      readonly type: 'https';
      readonly url: string;
      /** One `whsec_…` secret, two while rotating. */
      readonly secrets: readonly string[];
      readonly compression: 'none' | 'gzip';
    }
  | { readonly name: string; readonly type: 'archive'; readonly container: string };

/** The app's settings, checked. Their names and meanings are documented in the README. */
export interface Settings {
  /** Origin where browsers reach the app, without a slash at the end. */
  readonly publicUrl: string;
  readonly returnUrl: string | undefined;
  readonly operator: {
    readonly name: string;
    readonly contact: string | undefined;
    readonly privacyUrl: string | undefined;
  };
  readonly entra: { readonly clientId: string; readonly tenantId: string; readonly credential: CredentialSettings };
  readonly publisherId: string;
  readonly cloud: CloudName;
  readonly clouds: Clouds;
  readonly storage: StorageSettings;
  readonly batchSize: number;
  readonly tenantRequestsPerMinute: number;
  readonly retentionDays: number;
  readonly invitationDays: number;
  readonly destinations: readonly DestinationSettings[];
}

/** Settings that are missing or wrong, all of them at once, one sentence each. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join(' '));
    this.problems = problems;
  }
}
