import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CloudName, TenantAddress } from '../../../shared/entra/clouds.ts';
import { createTenantResolver } from '../../../shared/entra/create-tenant-resolver.ts';
import { rejection } from '../../support/rejection.ts';
import { type Login, metadataOf, refused, startLogin, tenantId } from './loopback.ts';

let login: Login;
beforeEach(async () => {
  login = await startLogin();
});
afterEach(() => login.close());

const resolve = (
  tenant: string,
  cloud: CloudName = 'custom',
  signal?: AbortSignal,
  timeoutMs?: number,
): Promise<TenantAddress> =>
  createTenantResolver({
    clouds: { [cloud]: login.cloud },
    cloud,
    ...(timeoutMs !== undefined && { timeoutMs }),
  })(tenant, signal);
const answering = (more: object): void => {
  login.onMetadata = () => ({ status: 200, body: { ...metadataOf(login.url, tenantId), ...more } });
};

describe('the tenant resolver', () => {
  it('makes out the tenant of a domain and of a GUID', async () => {
    answering({});
    expect(await resolve(' Contoso.Example ')).toEqual({ tenantId, cloud: 'custom' });
    expect(await resolve(tenantId.toUpperCase())).toEqual({ tenantId, cloud: 'custom' });
    expect(login.requests.map(({ path }) => path)).toEqual([
      '/contoso.example/v2.0/.well-known/openid-configuration',
      `/${tenantId}/v2.0/.well-known/openid-configuration`,
    ]);
  });

  it.each([
    ['worldwide', {}, 'worldwide'],
    ['worldwide', { tenant_region_sub_scope: 'GCC' }, 'gcc'],
    ['worldwide', { tenant_region_sub_scope: null, cloud_instance_name: 'microsoftonline.com' }, 'worldwide'],
    ['worldwide', { tenant_region_sub_scope: 'DODCON' }, undefined],
    ['worldwide', { tenant_region_sub_scope: 'DOD' }, undefined],
    ['worldwide', { cloud_instance_name: 'microsoftonline.us' }, undefined],
    ['worldwide', { cloud_instance_name: 'partner.microsoftonline.cn' }, undefined],
    ['gcc', { tenant_region_sub_scope: 'GCC' }, 'gcc'],
    ['gcc', {}, 'worldwide'],
    ['gcc-high', { tenant_region_sub_scope: 'DODCON', cloud_instance_name: 'microsoftonline.us' }, 'gcc-high'],
    ['gcc-high', { cloud_instance_name: 'microsoftonline.us' }, 'gcc-high'],
    ['gcc-high', { tenant_region_sub_scope: 'DOD' }, undefined],
    ['gcc-high', { cloud_instance_name: 'microsoftonline.com' }, undefined],
    ['gcc-high', { tenant_region_sub_scope: 'GCC' }, undefined],
    ['dod', { tenant_region_sub_scope: 'DOD' }, 'dod'],
    ['dod', { tenant_region_sub_scope: 'DODCON' }, undefined],
    ['china', { cloud_instance_name: 'partner.microsoftonline.cn' }, 'china'],
    ['china', { cloud_instance_name: 'microsoftonline.com' }, undefined],
    ['custom', { tenant_region_sub_scope: 'DOD', cloud_instance_name: 'microsoftonline.us' }, 'custom'],
  ] as const)('in a deployment for %s, told %j, answers %s', async (deployment, told, expected) => {
    answering(told);
    if (expected !== undefined)
      expect(await resolve('contoso.example', deployment)).toEqual({ tenantId, cloud: expected });
    else {
      const error = await rejection(resolve('contoso.example', deployment));
      expect(error).toMatchObject({ name: 'TenantResolutionError', kind: 'wrong-cloud' });
      expect(String(error)).toContain('contoso.example');
    }
  });

  it.each([
    '',
    'contoso',
    'common',
    'organizations',
    '11111111-2222-3333-4444',
    '1.2.3.4',
    'a..b',
    '-a.example',
    'a-.example',
    '.example',
    'contoso.example/../common',
    'contoso.example?x',
    'contoso.example#x',
    'contoso.example:443',
    'user@contoso.example',
    'con toso.example',
    'contoso%2eexample',
    'contoso.example\\x',
    `${'a'.repeat(64)}.example`,
    `${'a.'.repeat(130)}example`,
  ])('asks nobody about %j', async (input) => {
    expect(await rejection(resolve(input))).toMatchObject({ kind: 'invalid' });
    expect(login.requests).toHaveLength(0);
  });

  it('asks for a domain in its ASCII form', async () => {
    answering({});
    await resolve('Müller.example');
    expect(login.requests[0]?.path).toBe('/xn--mller-kva.example/v2.0/.well-known/openid-configuration');
  });

  it.each([
    ['unknown-tenant', refused(400, 'invalid_tenant', 90002)],
    ['unknown-tenant', refused(400, 'invalid_request', 900023)],
    ['unknown-tenant', { status: 404, body: '' }],
    ['wrong-cloud', refused(400, 'invalid_request', 90038)],
    ['unreachable', refused(400, 'invalid_request', 12345)],
    ['unreachable', { status: 400, body: '<html>odd</html>' }],
    ['unreachable', { status: 503, body: 'oops' }],
    ['unreachable', { status: 429, body: { error: 5 } }],
    ['unreachable', { status: 302, body: '', headers: { location: '/elsewhere' } }],
    ['unreachable', { status: 200, body: 'not json' }],
    ['unreachable', { status: 200, body: {} }],
    ['unreachable', { status: 200, body: { issuer: 'https://login.test/common/v2.0' } }],
  ])('says %s of %j', async (kind, answer) => {
    login.onMetadata = () => answer;
    expect(await rejection(resolve('contoso.example'))).toMatchObject({ name: 'TenantResolutionError', kind });
    expect(login.requests).toHaveLength(1);
  });

  it.each(['9188040d-6c67-4c5b-b112-36a304b66dad', '84df9e7f-e9f6-40af-b435-aaaaaaaaaaaa'])(
    'refuses the personal accounts of %s',
    async (consumers) => {
      login.onMetadata = () => ({ status: 200, body: metadataOf(login.url, consumers) });
      expect(await rejection(resolve('mail.example'))).toMatchObject({ kind: 'consumer' });
      expect(await rejection(resolve(consumers))).toMatchObject({ kind: 'consumer' });
    },
  );

  it('does not take another tenant for the one that was named', async () => {
    answering({});
    const error = await rejection(resolve('22222222-2222-3333-4444-555555555555'));
    expect(error).toMatchObject({ kind: 'unreachable' });
  });

  it('gives up after its time, and when its signal says so', async () => {
    login.onMetadata = () => undefined;
    expect(await rejection(resolve('contoso.example', 'custom', undefined, 50))).toMatchObject({ kind: 'unreachable' });
    const reason = new Error('enough');
    const controller = new AbortController();
    const resolving = resolve('contoso.example', 'custom', controller.signal);
    controller.abort(reason);
    expect(await rejection(resolving)).toBe(reason);
  });

  it('is of no use for a cloud that is not configured', async () => {
    const resolver = createTenantResolver({ clouds: {}, cloud: 'custom' });
    expect(await rejection(resolver('contoso.example'))).toMatchObject({ kind: 'wrong-cloud' });
  });
});
