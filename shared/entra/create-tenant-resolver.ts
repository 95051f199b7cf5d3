import { Agent } from 'node:https';
import axios from 'axios';
import { z } from 'zod';
import type { CloudName, Clouds, TenantAddress } from './clouds.ts';
import { consumerTenants } from './consumer-tenants.ts';
import { servedCloud } from './served-cloud.ts';
import { isGuid, tenantName } from './tenant-name.ts';
import { TenantResolutionError, type TenantResolutionErrorKind } from './tenant-resolution-error.ts';

export interface TenantResolverDependencies {
  readonly clouds: Clouds;
  /** The one Entra cloud that this deployment serves; `worldwide` includes `gcc`. */
  readonly cloud: CloudName;
  /** For the whole request, milliseconds; 10 s. */
  readonly timeoutMs?: number;
}

/** Makes out a tenant from its GUID or one of its domains. @throws TenantResolutionError, or the signal's reason */
export type TenantResolver = (tenant: string, signal?: AbortSignal) => Promise<TenantAddress>;

const metadata = z.object({
  issuer: z.string(),
  tenant_region_sub_scope: z.string().nullish(),
  cloud_instance_name: z.string().nullish(),
});
const refusal = z.object({ error: z.string().catch(''), error_description: z.string().catch('') });

/** Asks Entra's public metadata of the tenant; no token is needed, no redirect followed. */
export function createTenantResolver({
  clouds,
  cloud,
  timeoutMs = 10_000,
}: TenantResolverDependencies): TenantResolver {
  const agent = new Agent({ keepAlive: false });
  return async (tenant, signal) => {
    const name = tenantName(tenant);
    const failed = (kind: TenantResolutionErrorKind, sentenceEnd: string): TenantResolutionError =>
      new TenantResolutionError(`Tenant "${name ?? tenant.slice(0, 100)}" ${sentenceEnd}.`, { kind });
    if (name === undefined)
      throw failed('invalid', 'is neither a tenant ID (a GUID) nor a domain name; check its spelling');
    const host = clouds[cloud]?.authorityHost;
    if (host === undefined) throw failed('wrong-cloud', `cannot be asked for in cloud "${cloud}"; set CLOUD`);

    const limit = AbortSignal.timeout(timeoutMs);
    const { status, data } = await axios
      .get<unknown>(`${host}/${name}/v2.0/.well-known/openid-configuration`, {
        adapter: 'http',
        httpsAgent: agent,
        maxRedirects: 0,
        proxy: false,
        maxContentLength: 1_048_576,
        validateStatus: null,
        signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
      })
      .catch(() => {
        signal?.throwIfAborted();
        throw failed('unreachable', 'could not be made out because Microsoft Entra ID gave no answer; try again later');
      });
    if (status !== 200) {
      const { error, error_description: text } = refusal.catch({ error: '', error_description: '' }).parse(data);
      if (/AADSTS90038\b/.test(text)) throw failed('wrong-cloud', elsewhere(cloud));
      if (status === 404 || error === 'invalid_tenant' || /AADSTS(?:90002|90013|900023|900021)\b/.test(text)) {
        throw failed(
          'unknown-tenant',
          'is not known to Microsoft in this cloud; check its spelling, or ask the customer for the tenant ID',
        );
      }
      throw failed('unreachable', `could not be made out (HTTP ${status}); try again later`);
    }

    const parsed = metadata.safeParse(data);
    const tenantId = /\/([0-9a-f-]{36})(?:\/|$)/.exec(parsed.data?.issuer.toLowerCase() ?? '')?.[1];
    if (
      parsed.data === undefined ||
      tenantId === undefined ||
      !isGuid(tenantId) ||
      (isGuid(name) && tenantId !== name)
    ) {
      throw failed('unreachable', 'could not be made out from the answer of Microsoft Entra ID; try again later');
    }
    if (consumerTenants.includes(tenantId)) {
      throw failed(
        'consumer',
        'is for personal accounts, which have no audit log; enter the organisation’s own domain',
      );
    }
    const lives = servedCloud(parsed.data, cloud);
    if (lives === undefined) throw failed('wrong-cloud', elsewhere(cloud));
    return { tenantId, cloud: lives };
  };
}

const elsewhere = (cloud: CloudName): string =>
  `lives in another Microsoft cloud than "${cloud}"; add it to the deployment for its cloud`;
