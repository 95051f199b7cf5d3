import type { CloudName } from './clouds.ts';

/** What Entra's public metadata of a tenant says of where it lives. */
export interface TenantWhereabouts {
  /** `GCC`, `DODCON` (GCC High), `DOD`; absent elsewhere. */
  readonly tenant_region_sub_scope?: string | null | undefined;
  /** Host of the Entra cloud, e.g. `microsoftonline.com`. */
  readonly cloud_instance_name?: string | null | undefined;
}

const byScope: Readonly<Record<string, CloudName>> = { GCC: 'gcc', DODCON: 'gcc-high', DOD: 'dod' };

/**
 * The cloud that a tenant lives in, as far as the deployment serves it. One app registration serves one Entra cloud; GCC
 * is a part of the worldwide one, with an Activity API of its own. What a custom cloud says of itself does not matter.
 *
 * @returns `undefined` for a tenant of another cloud
 */
export function servedCloud(whereabouts: TenantWhereabouts, deployment: CloudName): CloudName | undefined {
  if (deployment === 'custom') return 'custom';
  const scoped = byScope[whereabouts.tenant_region_sub_scope?.toUpperCase() ?? ''];
  if (scoped !== undefined) {
    const served = scoped === deployment || (scoped === 'gcc' && deployment === 'worldwide');
    return served ? scoped : undefined;
  }
  const instance = instanceCloud(whereabouts.cloud_instance_name?.toLowerCase() ?? '');
  if (instance !== undefined && instance !== entraCloud(deployment)) return undefined;
  // Without a sub-scope a tenant of the worldwide cloud is not in GCC.
  return deployment === 'gcc' ? 'worldwide' : deployment;
}

type EntraCloud = 'worldwide' | 'us-government' | 'china';

function entraCloud(deployment: Exclude<CloudName, 'custom'>): EntraCloud {
  switch (deployment) {
    case 'worldwide':
    case 'gcc':
      return 'worldwide';
    case 'gcc-high':
    case 'dod':
      return 'us-government';
    case 'china':
      return 'china';
  }
}

function instanceCloud(host: string): EntraCloud | undefined {
  if (/(?:^|\.)microsoftonline\.us$/.test(host)) return 'us-government';
  if (/(?:^|\.)(?:partner\.microsoftonline|chinacloudapi)\.cn$/.test(host)) return 'china';
  return /(?:^|\.)(?:microsoftonline\.com|windows\.net)$/.test(host) ? 'worldwide' : undefined;
}
