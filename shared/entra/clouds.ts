/** The Microsoft clouds that a tenant can live in, and `custom` for simulators and proxies. */
export const cloudNames = ['worldwide', 'gcc', 'gcc-high', 'dod', 'china', 'custom'] as const;

export type CloudName = (typeof cloudNames)[number];

/** What a deployment can be set to serve: one Entra cloud. Tenants in GCC live in the worldwide one. */
export const deploymentClouds = ['worldwide', 'gcc-high', 'dod', 'china', 'custom'] as const satisfies CloudName[];

/** Addresses of one cloud. All are origins without a path or a slash at the end. */
export interface Cloud {
  /** Where tokens come from; always https. */
  readonly authorityHost: string;
  /** Where browsers sign in and consent. The same, except for simulators. */
  readonly loginUrl: string;
  /** Issuer of ID tokens: `<issuerHost>/<tenant>/v2.0`. The authority, except for simulators and proxies. */
  readonly issuerHost: string;
  /** Where the Activity API answers; scheme, host and port that every content address must have. */
  readonly managementUrl: string;
  /** The resource that tokens are for: scope is `<managementResource>/.default`. */
  readonly managementResource: string;
  /** Audience of a managed identity's token when it serves as federated credential. */
  readonly assertionAudience: string;
}

/** The clouds by name; `custom` exists only in a deployment that configured it. */
export type Clouds = Readonly<Partial<Record<CloudName, Cloud>>>;

/** A tenant and the cloud it lives in: all that is needed to find its tokens and its API. */
export interface TenantAddress {
  readonly tenantId: string;
  readonly cloud: CloudName;
  /** A token from before it is out of date: it may lack what was consented to. Milliseconds since the epoch. */
  readonly consentedAt?: number | undefined;
}

const cloud = (login: string, management: string, assertionAudience: string): Cloud => ({
  authorityHost: login,
  loginUrl: login,
  issuerHost: login,
  managementUrl: management,
  managementResource: management,
  assertionAudience,
});

/** Microsoft's published hosts; China's management host is known from practice only. */
export const microsoftClouds = {
  worldwide: cloud('https://login.microsoftonline.com', 'https://manage.office.com', 'api://AzureADTokenExchange'),
  gcc: cloud('https://login.microsoftonline.com', 'https://manage-gcc.office.com', 'api://AzureADTokenExchange'),
  'gcc-high': cloud(
    'https://login.microsoftonline.us',
    'https://manage.office365.us',
    'api://AzureADTokenExchangeUSGov',
  ),
  dod: cloud(
    'https://login.microsoftonline.us',
    'https://manage.protection.apps.mil',
    'api://AzureADTokenExchangeUSGov',
  ),
  china: cloud(
    'https://login.partner.microsoftonline.cn',
    'https://manage.office365.cn',
    'api://AzureADTokenExchangeChina',
  ),
} as const satisfies Clouds;
