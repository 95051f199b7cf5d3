import { describe, expect, it } from 'vitest';

import { EntraError } from '../../../shared/entra/entra-error.ts';
import { rejection } from '../../support/rejection.ts';
import { refused, startLogin, tenant, tenantId } from './loopback.ts';
import { secret, useTokenSource } from './token-fixture.ts';

const on = useTokenSource();

describe('a refusal', () => {
  it.each([
    ['consent-missing', 401, 'invalid_client', 7000229],
    ['consent-missing', 400, 'unauthorized_client', 700016],
    ['consent-missing', 400, 'invalid_grant', 65001],
    ['app-disabled', 400, 'unauthorized_client', 7000112],
    ['tenant-gone', 400, 'invalid_request', 90002],
    ['tenant-gone', 400, 'invalid_request', 5000224],
    ['tenant-gone', 400, 'invalid_request', 90038],
    ['service-missing', 400, 'invalid_resource', 500011],
    ['service-missing', 400, 'invalid_resource', 500014],
    ['service-missing', 400, 'invalid_client', 650052],
    ['credential-refused', 401, 'invalid_client', 7000215],
    ['credential-refused', 401, 'invalid_client', 7000222],
    ['credential-refused', 401, 'invalid_client', 700027],
    ['credential-refused', 401, 'invalid_client', 50012],
    ['credential-refused', 401, 'invalid_client', 700213],
    ['credential-refused', 401, 'invalid_client', 700229],
    ['credential-refused', 400, 'invalid_request', 70021],
    ['unreachable', 400, 'temporarily_unavailable', 90033],
    ['unreachable', 400, 'invalid_request', 50196],
    ['unreachable', 400, 'temporarily_unavailable', 1],
    ['unreachable', 429, 'invalid_request', 1],
    ['rejected', 401, 'invalid_client', 99999],
    ['rejected', 400, 'invalid_scope', 70011],
    ['rejected', 400, 'access_denied', 53003],
  ])('means %s: %i %s %i', async (kind, status, error, code) => {
    const thrown = await on.failing(refused(status, error, code));
    expect(thrown).toBeInstanceOf(EntraError);
    expect(thrown).toMatchObject({ kind, code: `AADSTS${code}` });
    expect(String(thrown)).not.toContain(secret);
    expect(thrown).not.toHaveProperty('cause');
  });

  it.each([
    ['credential-refused', { status: 401, body: { error: 'invalid_client', error_description: 'No code.' } }],
    ['consent-missing', { status: 400, body: { error: 'x', error_description: 'AADSTS700016: In the text only.' } }],
    ['unreachable', { status: 500, body: '<html>oops</html>' }],
    ['rejected', { status: 200, body: {} }],
    ['unreachable', { status: 404, body: 'nothing' }],
  ])('without a list of codes means %s: %j', async (kind, answer) => {
    expect(await on.failing(answer)).toMatchObject({ name: 'EntraError', kind });
  });

  it.each([
    ['tenant-gone', refused(400, 'invalid_tenant', 90002)],
    ['unreachable', { status: 500, body: 'oops' }],
  ])('of the metadata means %s', async (kind, answer) => {
    on.login.onMetadata = () => answer;
    expect(await rejection(on.source.token(tenant))).toMatchObject({ name: 'EntraError', kind });
  });

  it('by silence means unreachable, after the limit', async () => {
    on.login.onToken = () => undefined;
    expect(await rejection(on.sourceWith(100).token(tenant))).toMatchObject({ kind: 'unreachable' });
    expect(on.login.tokenRequests()).toHaveLength(1);
  });

  it('by nobody means unreachable', async () => {
    await on.login.close();
    expect(await rejection(on.source.token(tenant))).toMatchObject({ kind: 'unreachable' });
    on.login = await startLogin();
  });

  it('is told at once for a cloud that the deployment does not have', async () => {
    expect(await rejection(on.source.token({ tenantId, cloud: 'dod' }))).toMatchObject({ kind: 'rejected' });
  });
});
