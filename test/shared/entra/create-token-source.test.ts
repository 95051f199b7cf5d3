import { describe, expect, it } from 'vitest';

import { rejection } from '../../support/rejection.ts';
import { type Answer, clientId, granted, makeToken, refused, tenant, tenantId } from './loopback.ts';
import { bothRoles, useTokenSource } from './token-fixture.ts';

const on = useTokenSource();

describe('a token', () => {
  it('comes with roles and expiry, and is kept until five minutes before that', async () => {
    const roles = ['ActivityFeed.Read', 'ActivityFeed.ReadDlp', 'ServiceHealth.Read'];
    on.login.onToken = () => granted(makeToken({ roles, n: on.login.requests.length }));
    const first = await on.source.token(tenant);
    expect(first.roles).toEqual(roles);
    expect(first.expires).toBeGreaterThan(Date.now() + 3_590_000);
    on.lateMs = 3_599_000 - 301_000;
    expect((await on.source.token(tenant)).value).toBe(first.value);
    expect(on.login.tokenRequests()).toHaveLength(1);
    on.lateMs = 3_599_000 - 299_000;
    const second = await on.source.token(tenant);
    expect(second.value).not.toBe(first.value);
    expect(on.login.tokenRequests()).toHaveLength(2);
  });

  it('of short life is kept for half of it', async () => {
    on.login.onToken = () => granted(makeToken(), 60);
    await on.source.token(tenant);
    on.lateMs = 25_000;
    await on.source.token(tenant);
    expect(on.login.tokenRequests()).toHaveLength(1);
    on.lateMs = 35_000;
    await on.source.token(tenant);
    expect(on.login.tokenRequests()).toHaveLength(2);
  });

  it('is asked for once by callers at the same time, in any letter case, and apart for each tenant', async () => {
    const other = { ...tenant, tenantId: '22222222-2222-3333-4444-555555555555' };
    const shouted = { ...tenant, tenantId: tenantId.toUpperCase() };
    const tokens = await Promise.all([tenant, tenant, shouted, other, tenant].map((one) => on.source.token(one)));
    expect(
      on.login
        .tokenRequests()
        .map(({ path }) => path)
        .sort(),
    ).toEqual([`/${tenantId}/oauth2/v2.0/token`, `/${other.tenantId}/oauth2/v2.0/token`]);
    expect(tokens[0]?.value).toBe(tokens[4]?.value);
    expect(tokens[3]?.value).not.toBe(tokens[0]?.value);
  });

  it('is asked for at Microsoft anew once forgotten, past all caches', async () => {
    on.login.onToken = () => granted(makeToken({ n: on.login.requests.length }));
    const first = await on.source.token(tenant);
    on.source.forget(tenant);
    const second = await on.source.token(tenant);
    expect(second.value).not.toBe(first.value);
    expect(on.login.tokenRequests()).toHaveLength(2);
  });

  it('asked for before it was forgotten is not kept', async () => {
    const held: ((answer: Answer) => void)[] = [];
    on.login.onToken = () => new Promise((resolve) => held.push(resolve));
    const early = on.source.token(tenant);
    while (held.length < 1) await new Promise((resolve) => setImmediate(resolve));
    on.source.forget(tenant);
    const late = on.source.token(tenant);
    while (held.length < 2) await new Promise((resolve) => setImmediate(resolve));
    held[1]?.(granted(makeToken({ n: 2 })));
    const kept = await late;
    held[0]?.(granted(makeToken({ n: 1 })));
    await early;
    expect((await on.source.token(tenant)).value).toBe(kept.value);
    expect(on.login.tokenRequests()).toHaveLength(2);
  });

  it('is asked for with client credentials for the management resource', async () => {
    await on.source.token(tenant);
    const form = on.login.tokenRequests()[0]?.form;
    expect(form?.get('grant_type')).toBe('client_credentials');
    expect(form?.get('client_id')).toBe(clientId);
    expect(form?.get('scope')).toBe('https://manage.office.com/.default');
  });

  it('that is still good is used on while Entra cannot be reached, and only then', async () => {
    const first = await on.source.token(tenant);
    on.lateMs = 3_599_000 - 200_000;
    on.login.onToken = () => refused(503, 'temporarily_unavailable', 90033);
    expect(await on.source.token(tenant)).toBe(first);
    const asked = on.login.tokenRequests().length;
    expect(await on.source.token(tenant)).toBe(first);
    expect(on.login.tokenRequests()).toHaveLength(asked);
    on.lateMs += 31_000;
    expect(await on.failing(refused(401, 'invalid_client', 7000229))).toMatchObject({ kind: 'consent-missing' });
    expect(await on.failing(refused(503, 'temporarily_unavailable', 90033))).toMatchObject({ kind: 'unreachable' });
  });

  it('can be given up by one caller while the others wait on', async () => {
    let answer: ((answer: Answer) => void) | undefined;
    on.login.onToken = () => new Promise((resolve) => (answer = resolve));
    const reason = new Error('enough');
    const controller = new AbortController();
    const leaving = on.source.token(tenant, controller.signal);
    const staying = on.source.token(tenant, new AbortController().signal);
    while (answer === undefined) await new Promise((resolve) => setImmediate(resolve));
    controller.abort(reason);
    expect(await rejection(leaving)).toBe(reason);
    answer(granted(makeToken()));
    expect((await staying).roles).toEqual(bothRoles);
    expect(await rejection(on.source.token(tenant, controller.signal))).toBe(reason);
  });
});

describe('a token is never used', () => {
  it.each([
    ['for another tenant', { tid: '22222222-2222-3333-4444-555555555555' }],
    ['without a tenant', { tid: undefined }],
    ['for another app', { appid: 'dddddddd-2222-3333-4444-555555555555' }],
    ['without an app', { appid: undefined }],
    ['with claims of the wrong type', { tid: 5 }],
  ])('%s', async (_what, claims) => {
    const error = await on.failing(granted(makeToken(claims)));
    expect(error).toMatchObject({ name: 'EntraError', kind: 'token-mismatch' });
    await rejection(on.source.token(tenant));
    expect(on.login.tokenRequests()).toHaveLength(2);
  });

  it.each(['opaque', 'a.b.c', 'a..c'])('that cannot be read: %s', async (token) => {
    expect(await on.failing(granted(token))).toMatchObject({ kind: 'token-mismatch' });
  });

  it('unless azp names our app where appid does not', async () => {
    on.login.onToken = () => granted(makeToken({ appid: undefined, azp: clientId.toUpperCase() }));
    expect((await on.source.token(tenant)).roles).toEqual(bothRoles);
  });
});
