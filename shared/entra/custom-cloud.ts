import { type Cloud, microsoftClouds } from './clouds.ts';

/** What a deployment sets for the `custom` cloud; each an origin, a slash at the end allowed. */
export interface CustomCloudAddresses {
  /** Always https: the Azure identity library refuses anything else. */
  readonly authorityHost: string;
  /** Default: `authorityHost`. */
  readonly loginUrl?: string | undefined;
  readonly managementUrl: string;
  /** Default: the worldwide one. */
  readonly managementResource?: string | undefined;
}

/** The cloud of simulators and proxies. */
export function customCloud(addresses: CustomCloudAddresses): Cloud {
  const { worldwide } = microsoftClouds;
  return {
    authorityHost: trim(addresses.authorityHost),
    loginUrl: trim(addresses.loginUrl ?? addresses.authorityHost),
    issuerHost: worldwide.issuerHost,
    managementUrl: trim(addresses.managementUrl),
    managementResource: trim(addresses.managementResource ?? worldwide.managementResource),
    assertionAudience: worldwide.assertionAudience,
  };
}

const trim = (origin: string): string => origin.replace(/\/+$/, '');
