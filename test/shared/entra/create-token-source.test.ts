import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../shared/clock.ts';
import { createCredential } from '../../../shared/entra/create-credential.ts';
import { createTokenSource } from '../../../shared/entra/create-token-source.ts';
import { EntraError } from '../../../shared/entra/entra-error.ts';
import type { TokenSource } from '../../../shared/entra/token-source.ts';
import {
  type Answer,
  clientId,
  granted,
  type Login,
  makeToken,
  refused,
  rejection,
  startLogin,
  tenant,
  tenantId,
} from './loopback.ts';

let login: Login;
let lateMs: number;
let source: TokenSource;
const secret = 'a-very-secret-secret';
const bothRoles = ['ActivityFeed.Read', 'ActivityFeed.ReadDlp'];
const entra = { clientId, tenantId: 'home', credential: { kind: 'secret', secret } } as const;

beforeEach(async () => {
  login = await startLogin();
  lateMs = 0;
  source = sourceWith();
});
afterEach(() => login.close());

const sourceWith = (limitMs?: number): TokenSource =>
  createTokenSource({
    clouds: login.clouds,
    clientId,
    clock: { ...systemClock, now: () => Date.now() + lateMs },
    credential: (cloud, id) => createCredential(entra, cloud, id, limitMs),
  });
const failing = async (answer: Answer): Promise<unknown> => {
  login.onToken = () => answer;
  return rejection(source.token(tenant));
};

describe('a token', () => {
  it('comes with roles and expiry, and is kept until five minutes before that', async () => {
    const roles = ['ActivityFeed.Read', 'ActivityFeed.ReadDlp', 'ServiceHealth.Read'];
    login.onToken = () => granted(makeToken({ roles, n: login.requests.length }));
    const first = await source.token(tenant);
    expect(first.roles).toEqual(roles);
    expect(first.expires).toBeGreaterThan(Date.now() + 3_590_000);
    lateMs = 3_599_000 - 301_000;
    expect((await source.token(tenant)).value).toBe(first.value);
    expect(login.tokenRequests()).toHaveLength(1);
    lateMs = 3_599_000 - 299_000;
    const second = await source.token(tenant);
    expect(second.value).not.toBe(first.value);
    expect(login.tokenRequests()).toHaveLength(2);
  });

  it('of short life is kept for half of it', async () => {
    login.onToken = () => granted(makeToken(), 60);
    await source.token(tenant);
    lateMs = 25_000;
    await source.token(tenant);
    expect(login.tokenRequests()).toHaveLength(1);
    lateMs = 35_000;
    await source.token(tenant);
    expect(login.tokenRequests()).toHaveLength(2);
  });

  it('is asked for once by callers at the same time, in any letter case, and apart for each tenant', async () => {
    const other = { ...tenant, tenantId: '22222222-2222-3333-4444-555555555555' };
    const shouted = { ...tenant, tenantId: tenantId.toUpperCase() };
    const tokens = await Promise.all([tenant, tenant, shouted, other, tenant].map((one) => source.token(one)));
    expect(
      login
        .tokenRequests()
        .map(({ path }) => path)
        .sort(),
    ).toEqual([`/${tenantId}/oauth2/v2.0/token`, `/${other.tenantId}/oauth2/v2.0/token`]);
    expect(tokens[0]?.value).toBe(tokens[4]?.value);
    expect(tokens[3]?.value).not.toBe(tokens[0]?.value);
  });

  it('is asked for at Microsoft anew once forgotten, past all caches', async () => {
    login.onToken = () => granted(makeToken({ n: login.requests.length }));
    const first = await source.token(tenant);
    source.forget(tenant);
    const second = await source.token(tenant);
    expect(second.value).not.toBe(first.value);
    expect(login.tokenRequests()).toHaveLength(2);
  });

  it('asked for before it was forgotten is not kept', async () => {
    const held: ((answer: Answer) => void)[] = [];
    login.onToken = () => new Promise((resolve) => held.push(resolve));
    const early = source.token(tenant);
    while (held.length < 1) await new Promise((resolve) => setImmediate(resolve));
    source.forget(tenant);
    const late = source.token(tenant);
    while (held.length < 2) await new Promise((resolve) => setImmediate(resolve));
    held[1]?.(granted(makeToken({ n: 2 })));
    const kept = await late;
    held[0]?.(granted(makeToken({ n: 1 })));
    await early;
    expect((await source.token(tenant)).value).toBe(kept.value);
    expect(login.tokenRequests()).toHaveLength(2);
  });

  it('is asked for with client credentials for the management resource', async () => {
    await source.token(tenant);
    const form = login.tokenRequests()[0]?.form;
    expect(form?.get('grant_type')).toBe('client_credentials');
    expect(form?.get('client_id')).toBe(clientId);
    expect(form?.get('scope')).toBe('https://manage.office.com/.default');
  });

  it('that is still good is used on while Entra cannot be reached, and only then', async () => {
    const first = await source.token(tenant);
    lateMs = 3_599_000 - 200_000;
    login.onToken = () => refused(503, 'temporarily_unavailable', 90033);
    expect(await source.token(tenant)).toBe(first);
    const asked = login.tokenRequests().length;
    expect(await source.token(tenant)).toBe(first);
    expect(login.tokenRequests()).toHaveLength(asked);
    lateMs += 31_000;
    expect(await failing(refused(401, 'invalid_client', 7000229))).toMatchObject({ kind: 'consent-missing' });
    expect(await failing(refused(503, 'temporarily_unavailable', 90033))).toMatchObject({ kind: 'unreachable' });
  });

  it('can be given up by one caller while the others wait on', async () => {
    let answer: ((answer: Answer) => void) | undefined;
    login.onToken = () => new Promise((resolve) => (answer = resolve));
    const reason = new Error('enough');
    const controller = new AbortController();
    const leaving = source.token(tenant, controller.signal);
    const staying = source.token(tenant, new AbortController().signal);
    while (answer === undefined) await new Promise((resolve) => setImmediate(resolve));
    controller.abort(reason);
    expect(await rejection(leaving)).toBe(reason);
    answer(granted(makeToken()));
    expect((await staying).roles).toEqual(bothRoles);
    expect(await rejection(source.token(tenant, controller.signal))).toBe(reason);
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
    const error = await failing(granted(makeToken(claims)));
    expect(error).toMatchObject({ name: 'EntraError', kind: 'token-mismatch' });
    await rejection(source.token(tenant));
    expect(login.tokenRequests()).toHaveLength(2);
  });

  it.each(['opaque', 'a.b.c', 'a..c'])('that cannot be read: %s', async (token) => {
    expect(await failing(granted(token))).toMatchObject({ kind: 'token-mismatch' });
  });

  it('unless azp names our app where appid does not', async () => {
    login.onToken = () => granted(makeToken({ appid: undefined, azp: clientId.toUpperCase() }));
    expect((await source.token(tenant)).roles).toEqual(bothRoles);
  });
});

describe('a token without the roles', () => {
  const roleless = { status: 200, body: granted(makeToken({ roles: ['ServiceHealth.Read'] })).body };

  it('is not kept, and asked for again with pauses that double from 5 s to an hour', async () => {
    const error = await failing(roleless);
    expect(error).toMatchObject({ kind: 'roles-missing' });
    expect(await rejection(source.token(tenant))).toBe(error);
    expect(login.tokenRequests()).toHaveLength(1);
    let pauseMs = 5_000;
    for (let count = 2; count < 14; count += 1) {
      lateMs += pauseMs - 1_000;
      await rejection(source.token(tenant));
      expect(login.tokenRequests()).toHaveLength(count - 1);
      lateMs += 1_100;
      await rejection(source.token(tenant));
      expect(login.tokenRequests()).toHaveLength(count);
      pauseMs = Math.min(pauseMs * 2, 3_600_000);
    }
    expect(pauseMs).toBe(3_600_000);
  });

  it('is asked for at once when it was forgotten, and pauses begin anew', async () => {
    for (let count = 1; count < 4; count += 1) {
      await failing(roleless);
      source.forget(tenant);
      expect(login.tokenRequests()).toHaveLength(count);
    }
    await failing({ status: 200, body: granted(makeToken({ roles: undefined })).body });
    lateMs += 5_100;
    login.onToken = () => granted(makeToken());
    expect((await source.token(tenant)).roles).toEqual(bothRoles);
  });

  it('says which it has all the same', async () => {
    expect(await failing(roleless)).toMatchObject({ roles: ['ServiceHealth.Read'] });
  });

  it('is asked for at once when the administrator consented since, by whoever knows of that, once', async () => {
    await failing(roleless);
    const early = { ...tenant, consentedAt: 1 };
    await rejection(source.token({ ...tenant, consentedAt: 0 }));
    expect(login.tokenRequests()).toHaveLength(1);
    await rejection(source.token(early));
    await rejection(source.token(early));
    expect(login.tokenRequests()).toHaveLength(2);
    login.onToken = () => granted(makeToken());
    expect((await source.token({ ...tenant, consentedAt: 2 })).roles).toEqual(bothRoles);
    // Somebody who read the row before goes by what is known meanwhile.
    expect((await source.token(early)).roles).toEqual(bothRoles);
    expect((await source.token(tenant)).roles).toEqual(bothRoles);
    expect(login.tokenRequests()).toHaveLength(3);
  });

  it('pauses no other tenant', async () => {
    await failing(roleless);
    const other = { ...tenant, tenantId: '22222222-2222-3333-4444-555555555555' };
    login.onToken = ({ path }) => granted(makeToken({ tid: path.split('/')[1] }));
    expect((await source.token(other)).roles).toEqual(bothRoles);
  });
});

describe('a token with some of the roles', () => {
  const narrow = (n: number) => granted(makeToken({ roles: ['ActivityFeed.Read'], n }));

  it('is used, and renewed after pauses that double from 5 s, until it has all of them', async () => {
    login.onToken = () => narrow(login.requests.length);
    let last = await source.token(tenant);
    expect(last.roles).toEqual(['ActivityFeed.Read']);
    for (let pauseMs = 5_000; pauseMs <= 80_000; pauseMs *= 2) {
      lateMs += pauseMs - 1_000;
      expect(await source.token(tenant)).toBe(last);
      lateMs += 1_100;
      const next = await source.token(tenant);
      expect(next.value).not.toBe(last.value);
      last = next;
    }
    login.onToken = () => granted(makeToken());
    lateMs += 160_000;
    expect((await source.token(tenant)).roles).toEqual(bothRoles);
    const asked = login.tokenRequests().length;
    lateMs += 2_900_000;
    await source.token(tenant);
    expect(login.tokenRequests()).toHaveLength(asked);
  });

  it('is renewed no later than any other', async () => {
    login.onToken = () => narrow(login.requests.length);
    for (let n = 0; n < 12; n += 1) {
      await source.token(tenant);
      lateMs += 3_599_000 - 299_000;
    }
    expect(login.tokenRequests()).toHaveLength(12);
  });

  it('is used on while Entra cannot be reached', async () => {
    login.onToken = () => narrow(1);
    const first = await source.token(tenant);
    lateMs += 6_000;
    login.onToken = () => refused(503, 'temporarily_unavailable', 90033);
    expect(await source.token(tenant)).toBe(first);
  });
});

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
    const thrown = await failing(refused(status, error, code));
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
    expect(await failing(answer)).toMatchObject({ name: 'EntraError', kind });
  });

  it.each([
    ['tenant-gone', refused(400, 'invalid_tenant', 90002)],
    ['unreachable', { status: 500, body: 'oops' }],
  ])('of the metadata means %s', async (kind, answer) => {
    login.onMetadata = () => answer;
    expect(await rejection(source.token(tenant))).toMatchObject({ name: 'EntraError', kind });
  });

  it('by silence means unreachable, after the limit', async () => {
    login.onToken = () => undefined;
    expect(await rejection(sourceWith(100).token(tenant))).toMatchObject({ kind: 'unreachable' });
    expect(login.tokenRequests()).toHaveLength(1);
  });

  it('by nobody means unreachable', async () => {
    await login.close();
    expect(await rejection(source.token(tenant))).toMatchObject({ kind: 'unreachable' });
    login = await startLogin();
  });

  it('is told at once for a cloud that the deployment does not have', async () => {
    expect(await rejection(source.token({ tenantId, cloud: 'dod' }))).toMatchObject({ kind: 'rejected' });
  });
});
