import { createHash, createPublicKey, verify } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { callTls, clientId, otherTenantId, read, startCaller, tenantId } from './caller.ts';
import type { Caller, Reply } from './caller.ts';

const homeId = '77777777-2222-4333-8444-555555555555';
const verifier = 'a-verifier-of-at-least-43-characters-0123456789';

let caller: Caller;
beforeEach(async () => {
  caller = await startCaller();
  caller.tenants.add({ tenantId: homeId, name: 'Home', domain: 'home.example', home: true });
});
afterEach(async () => {
  await caller.close();
});

type Fields = Readonly<Record<string, string>>;

const fields: Fields = {
  client_id: clientId,
  response_type: 'code',
  response_mode: 'query',
  redirect_uri: 'http://localhost:7071/signin/callback?keep=1',
  scope: 'openid profile User.Read',
  state: 'a "state"',
  nonce: 'the nonce',
  code_challenge: createHash('sha256').update(verifier).digest('base64url'),
  code_challenge_method: 'S256',
  prompt: 'select_account',
};
const pathOf = (tenant: string) => `/${tenant}/oauth2/v2.0/authorize`;

/** Without the fields that are ''. */
const changed = (change: Fields) =>
  new URLSearchParams(Object.entries({ ...fields, ...change }).filter(([, value]) => value !== ''));
const open = async (change: Fields = {}, tenant = tenantId) =>
  await read(await fetch(`${caller.loginUrl}${pathOf(tenant)}?${changed(change).toString()}`));
const press = async (change: Fields = {}, tenant = tenantId) =>
  await fetch(caller.loginUrl + pathOf(tenant), {
    method: 'POST',
    redirect: 'manual',
    body: changed({ account: `admin:${tenantId}`, answer: 'accept', ...change }),
  });

const target = (response: Response) => Object.fromEntries(new URL(response.headers.get('location') ?? '').searchParams);
const codeOf = async (change: Fields = {}, tenant = tenantId) => target(await press(change, tenant))['code'] ?? '';

const redeem = async (code: string, change: Fields = {}, tenant = tenantId): Promise<Reply> =>
  await caller.requestToken(
    {
      grant_type: 'authorization_code',
      code,
      code_verifier: verifier,
      redirect_uri: fields['redirect_uri'] ?? '',
      scope: 'openid profile User.Read',
      ...change,
    },
    `/${tenant}/oauth2/v2.0/token`,
  );
const idTokenOf = (reply: Reply): string => (reply.json() as { id_token: string }).id_token;
const claimsOf = (reply: Reply): Record<string, unknown> =>
  JSON.parse(Buffer.from(idTokenOf(reply).split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
const offered = (page: Reply): string[] =>
  [...page.text.matchAll(/<option value="([^"]*)"/g)].map(([, value = '']) => value);

describe('the page', () => {
  test('offers the people of the tenant first, then foreign ones, everything escaped', async () => {
    const page = await open();
    expect(page.status).toBe(200);
    expect(page.text).toContain('<h1>Pick an account</h1>');
    expect(page.text).toContain('Contoso &lt;b&gt;&amp;');
    expect(page.text).toContain('value="a &quot;state&quot;"');
    expect(page.text).toContain(`<option value="admin:${tenantId}" selected>`);
    const own = ['admin', 'user', 'intruder'].map((who) => `${who}:${tenantId}`);
    const foreign = ['admin', 'intruder'].map((who) => `${who}:${otherTenantId}`);
    const home = ['operator', 'reader', 'admin'].map((who) => `${who}:${homeId}`);
    expect(offered(page)).toEqual([...own, ...foreign, ...home, 'personal']);
  });

  test('offers those with app roles first where the application is at home', async () => {
    const at = ['operator', 'reader', 'nobody', 'admin', 'user'].map((who) => `${who}:${homeId}`);
    expect(offered(await open({}, homeId)).slice(0, 5)).toEqual(at);
  });

  test.each([
    ['no client id', { client_id: '' }, 'AADSTS700016'],
    ['no redirect URI', { redirect_uri: '' }, 'AADSTS900971'],
    ['a redirect URI that is not on loopback', { redirect_uri: 'https://evil.example/' }, 'AADSTS50011'],
    ['no response type', { response_type: '' }, 'AADSTS900144'],
    ['a token for an answer', { response_type: 'id_token' }, 'AADSTS700054'],
    ['another response mode', { response_mode: 'fragment' }, 'AADSTS70007'],
    ['no scope', { scope: '' }, 'AADSTS900144'],
    ['a scope without openid', { scope: 'User.Read' }, 'AADSTS70011'],
    ['no state', { state: '' }, 'AADSTS900144'],
    ['no nonce', { nonce: '' }, 'AADSTS900144'],
    ['no PKCE', { code_challenge: '' }, 'AADSTS9002325'],
    ['PKCE in the clear', { code_challenge_method: 'plain' }, 'AADSTS501491'],
    ['a challenge that is no hash', { code_challenge: 'short' }, 'AADSTS501491'],
    ['an unknown prompt', { prompt: 'please' }, 'AADSTS90023'],
  ])('and the form refuse %s', async (_title, change, code) => {
    const page = await open(change);
    expect([page.status, page.text]).toEqual([400, expect.stringContaining(code) as string]);
    const form = await press(change);
    expect([form.status, form.headers.get('location')]).toEqual([400, null]);
  });

  test('knows only tenants that there are', async () => {
    expect((await open({}, 'nobody.example')).text).toContain('AADSTS90002');
  });
});

describe('the form', () => {
  test('leads back with a code and the state as it was', async () => {
    const response = await press();
    expect(response.status).toBe(302);
    const { code, session_state, ...more } = target(response);
    expect([code, session_state]).toEqual([expect.stringMatching(/^1\.[\w-]{64}$/), expect.any(String)]);
    expect(more).toEqual({ keep: '1', state: fields['state'] });
  });

  test('leads back with an error and no description when somebody cancels', async () => {
    const answer = target(await press({ answer: 'cancel' }));
    expect(answer).toEqual({ keep: '1', state: fields['state'], error: 'access_denied', error_subcode: 'cancel' });
  });

  test.each([
    ["another tenant's administrator", `admin:${otherTenantId}`, tenantId, 'AADSTS50020'],
    [
      'a foreigner with an app role, where the application is at home',
      `intruder:${otherTenantId}`,
      homeId,
      'AADSTS50020',
    ],
    ['a personal account', 'personal', tenantId, 'AADSTS50020'],
    ['a personal account where any organisation may', 'personal', 'organizations', 'AADSTS500208'],
    ['nobody that there is', `ghost:${tenantId}`, tenantId, 'AADSTS50034'],
  ])('ends on a page for %s', async (_title, account, tenant, code) => {
    const response = await press({ account }, tenant);
    expect(response.headers.get('location')).toBeNull();
    const page = await read(response);
    expect(page.text).toContain(code);
    expect(page.text).not.toContain('id="back"');
  });

  test('takes whoever signs in where any organisation may', async () => {
    const code = await codeOf({ account: `intruder:${otherTenantId}` }, 'organizations');
    expect(claimsOf(await redeem(code, {}, otherTenantId))).toMatchObject({ tid: otherTenantId, roles: ['Operator'] });
  });

  test('is refused to a disabled application', async () => {
    caller.switches.set('app-disabled', true, { tenantId });
    expect((await read(await press())).text).toContain('AADSTS7000112');
  });

  test.each([53003, 50105, 65004, 50020, 500208, 700016, 50011, 500113, 900971, 50194, 65005, 650052, 90094, 90095])(
    'is refused with AADSTS%i by page or redirect, as the switch says',
    async (code) => {
      caller.switches.set('sign-in-refused', { code, times: 1 }, { tenantId });
      expect((await read(await press())).text).toContain(`AADSTS${code}: `);
      const redirect = { as: 'redirect', error: 'server_error', text: 'Because.' } as const;
      caller.switches.set('sign-in-refused', { code, ...redirect, times: 1 }, { tenantId });
      expect(target(await press())).toMatchObject({
        error: 'server_error',
        error_description: `AADSTS${code}: Because.`,
        state: fields['state'],
      });
      expect(await codeOf()).not.toBe('');
    },
  );
});

describe('a code', () => {
  test('is good for an ID token that the published key has signed, and for no refresh token', async () => {
    const reply = await redeem(await codeOf());
    expect(reply.json()).toMatchObject({ token_type: 'Bearer', expires_in: 3600, scope: 'openid profile User.Read' });
    expect(reply.json()).not.toHaveProperty('refresh_token');
    const seconds = caller.clock.now / 1000;
    expect(claimsOf(reply)).toEqual({
      aud: clientId,
      iss: `https://login.microsoftonline.com/${tenantId}/v2.0`,
      iat: seconds,
      nbf: seconds,
      exp: seconds + 3600,
      name: 'Alex Admin',
      nonce: 'the nonce',
      oid: expect.any(String) as string,
      preferred_username: 'admin@contoso.example',
      sub: expect.any(String) as string,
      tid: tenantId,
      ver: '2.0',
    });
    const keys = await callTls(`${caller.authorityUrl}/${tenantId}/discovery/v2.0/keys`, caller.certificate);
    const [key] = (keys.json() as { keys: JsonWebKey[] }).keys;
    const [header, payload, signature = ''] = idTokenOf(reply).split('.');
    const publicKey = createPublicKey({ key: key ?? {}, format: 'jwk' });
    const text = Buffer.from(`${header ?? ''}.${payload ?? ''}`);
    expect(verify('RSA-SHA256', text, publicKey, Buffer.from(signature, 'base64url'))).toBe(true);
  });

  test('carries the app roles of the person', async () => {
    const rolesOf = async (who: string) =>
      claimsOf(await redeem(await codeOf({ account: `${who}:${homeId}` }, homeId), {}, homeId))['roles'];
    expect(await rolesOf('operator')).toEqual(['Operator']);
    expect(await rolesOf('reader')).toEqual(['Reader']);
    expect(await rolesOf('nobody')).toBeUndefined();
  });

  test('brings an access token that the Activity API does not take', async () => {
    const { access_token } = (await redeem(await codeOf())).json() as { access_token: string };
    const reply = await caller.api('GET', `${tenantId}/activity/feed/subscriptions/list`, {}, access_token);
    expect(reply.status).toBe(401);
  });

  test('is good once, and is used up by a failure too', async () => {
    const code = await codeOf();
    expect((await redeem(code, { code_verifier: 'another' })).json()).toMatchObject({ error_codes: [501481] });
    expect((await redeem(code)).json()).toMatchObject({ error: 'invalid_grant', error_codes: [54005] });
  });

  test('is good for ten minutes', async () => {
    const code = await codeOf();
    caller.clock.now += 10 * 60_000;
    expect((await redeem(code)).json()).toMatchObject({ error_codes: [70008] });
  });

  test.each([
    ['without the verifier', { code_verifier: '' }, tenantId, 501481],
    ['with another redirect URI', { redirect_uri: 'http://localhost:7071/signin/callback' }, tenantId, 500112],
    ['for another application', { client_id: 'aaaaaaaa-0000-4000-8000-000000000002' }, tenantId, 70000],
    ['for more than was asked', { scope: 'openid profile User.Read offline_access' }, tenantId, 70000],
    ['in another tenant', {}, otherTenantId, 700005],
    ['without a credential', { client_secret: '' }, tenantId, 7000218],
  ])('is not redeemed %s', async (_title, change, tenant, code) => {
    expect((await redeem(await codeOf(), change, tenant)).json()).toMatchObject({ error_codes: [code] });
  });

  test('that nobody was given is malformed', async () => {
    expect((await redeem('made up')).json()).toMatchObject({ error_codes: [9002313] });
  });

  test('is refused, answered by a page, or not at all, as the switch says', async () => {
    caller.switches.set('code-refused', { code: 53003, times: 1 }, { tenantId });
    expect((await redeem(await codeOf())).json()).toMatchObject({ error: 'invalid_grant', error_codes: [53003] });
    caller.switches.set('code-refused', { as: 'page', status: 503, times: 1 }, { tenantId });
    expect((await redeem(await codeOf())).headers.get('content-type')).toBe('text/html');
    expect((await redeem(await codeOf())).status).toBe(200);
  });

  test('is good for a forged ID token, as the switch says', async () => {
    caller.switches.set('forged-id-token', { tid: otherTenantId, nonce: null });
    const claims = claimsOf(await redeem(await codeOf()));
    expect(claims).toMatchObject({ tid: otherTenantId, aud: clientId });
    expect(claims).not.toHaveProperty('nonce');
    caller.switches.set('forged-id-token', 'none');
    expect((await redeem(await codeOf())).json()).not.toHaveProperty('id_token');
  });
});
