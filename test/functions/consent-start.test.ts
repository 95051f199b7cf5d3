import { createHash } from 'node:crypto';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { apiTenantInvitation } from '../../functions/api-tenant-invitation.ts';
import { apiTenants } from '../../functions/api-tenants.ts';
import { consentStart } from '../../functions/consent-start.ts';
import { sha256 } from '../../shared/hash.ts';
import { createBrowser } from '../support/browser.ts';
import { type Answer, call, postJson } from '../support/call-function.ts';
import {
  clientId,
  contoso,
  publicUrl,
  type RelayEnvironment,
  startRelayEnvironment,
} from '../support/relay-environment.ts';

interface Invited {
  readonly invitation: { readonly url: string };
}

const name = `<script>alert("x")</script> & 'Söhne'`;

let environment: RelayEnvironment;
let invitation: string;
beforeAll(async () => {
  environment = await startRelayEnvironment({
    OPERATOR_NAME: 'Example <b>Security</b>',
    OPERATOR_PRIVACY_URL: 'https://example.com/privacy?a="b"',
  });
  await postJson(apiTenants, '/api/tenants', { name, tenant: contoso.tenantId });
});
beforeEach(async () => {
  const params = { tenantId: contoso.tenantId };
  const answer = await postJson(apiTenantInvitation, '/api/tenants/x/invitation', {}, params);
  invitation = (answer.body as Invited).invitation.url;
});
afterEach(() => {
  environment.proxy.fate = () => 'answered';
});
afterAll(() => environment.close());

const open = (path: string) => call(consentStart, { path });
const secret = () => new URL(invitation).searchParams.get('invite') ?? '';
const states = async () =>
  (await Array.fromAsync(environment.tables.table('consents').query({ partitionKey: 'state' }))).length;

function expectPage(answer: Answer, status: number): void {
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.headers.get('referrer-policy')).toBe('same-origin');
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  expect(answer.headers.has('set-cookie')).toBe(false);
  expect(answer.text).toMatch(/^<!doctype html>/);
  expect(answer.text).not.toMatch(/<script|\bon[a-z]+=|at .*\.ts:\d|node_modules/i);
}

function policyOf(answer: Answer): Map<string, string> {
  const parts = (answer.headers.get('content-security-policy') ?? '').split(';').map((part) => part.trim());
  return new Map(parts.map((part) => [part.split(' ')[0] ?? '', part.split(' ').slice(1).join(' ')]));
}

describe('GET /consent/start', () => {
  it('shows who asks, for whom, the permissions and one button', async () => {
    const answer = await open(invitation);
    expectPage(answer, 200);
    const { text } = answer;
    expect(text).toContain('Example &lt;b&gt;Security&lt;/b&gt;');
    expect(text).toContain('security@example.com');
    expect(text).toContain('href="https://example.com/privacy?a=%22b%22"');
    expect(text).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;Söhne&#39;');
    expect(text).toContain(contoso.tenantId);
    const names = [...text.matchAll(/<dt>(.*?)<\/dt>/g)].map(([, term]) => term);
    expect(names).toEqual([
      'Who asks',
      'For which organisation',
      'Which application',
      'Read activity data for your organization',
      'Read DLP policy events including detected sensitive data',
      'Read service health information for your organization',
      'Sign in and read user profile',
    ]);
    expect(text).toContain(`<code>${clientId}</code>`);
    expect(text).toContain('Global Administrator or Privileged Role Administrator');
    expect(text).toMatch(/this\s+page\s+never\s+asks\s+for\s+a\s+password/);
    expect(text).toMatch(/<time datetime="20\d\d-/);
    expect(text.match(/<button\b/g)).toHaveLength(1);
    expect(text.match(/<form\b[^>]*>/g)).toEqual(['<form method="post" action="/consent/start">']);
    expect(text).toContain(`name="invite" value="${secret()}"`);
  });

  it('allows its own style, its own form and the login, and nothing else', async () => {
    const answer = await open(invitation);
    const style = /<style>([\s\S]*?)<\/style>/.exec(answer.text)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(Object.fromEntries(policyOf(answer))).toEqual({
      'default-src': "'none'",
      'style-src': `'sha256-${hash}'`,
      'form-action': `'self' https: ${environment.simulator.loginUrl}`,
      'frame-ancestors': "'none'",
      'base-uri': "'none'",
    });
    expect(answer.text).not.toMatch(/ style=/);
  });

  it('uses nothing up, however often it is opened', async () => {
    const before = await states();
    for (let times = 0; times < 5; times += 1) expect((await open(invitation)).status).toBe(200);
    expect(await states()).toBe(before);
    expect((await createBrowser().press(invitation)).status).toBe(303);
  });

  it.each([
    ['no invitation', '/consent/start'],
    ['an empty one', '/consent/start?invite='],
    ['an unknown one', '/consent/start?invite=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'],
    ['a very long one', `/consent/start?invite=${'A'.repeat(5000)}`],
    ['script', `/consent/start?invite=${encodeURIComponent('"><script>alert(1)</script>')}`],
    ['two', '/consent/start?invite=A,B'],
  ])('refuses %s', async (_, path) => {
    const answer = await open(path);
    expectPage(answer, 400);
    expect(answer.text).toContain('This link does not work any more');
    expect(answer.text).not.toMatch(/<form|alert|AAAA/);
    expect(policyOf(answer).get('form-action')).toBe("'self'");
  });

  it('refuses an expired one', async () => {
    const expired = 'an-expired-invitation';
    await environment.consents.addInvitation({
      hash: sha256(expired),
      tenantId: contoso.tenantId,
      expires: Date.now() - 1,
    });
    const stored = await environment.tenants.get(contoso.tenantId);
    if (stored === undefined) throw new Error('not there');
    await environment.tenants.replace({ ...stored.value, invitationHash: sha256(expired) }, stored.etag);
    expectPage(await open(`/consent/start?invite=${expired}`), 400);
    expect((await createBrowser().press(`${publicUrl}/consent/start?invite=${expired}`)).status).toBe(400);
  });

  it('says no more than that storage failed', async () => {
    environment.proxy.fate = () => 'refused';
    const answer = await open(invitation);
    expectPage(answer, 503);
    expect(answer.text).toContain('Please try again');
    const said = answer.text.replace(/<style>[\s\S]*<\/style>/, '');
    expect(said).not.toMatch(/table|storage|Authorization/i);
    expect(answer.log.join()).toContain('page-failed');
    expect(answer.log.join()).not.toContain(secret());
  });
});

describe('POST /consent/start', () => {
  it('leads to Microsoft with exactly what it asks', async () => {
    const browser = createBrowser();
    const answer = await browser.press(invitation);
    expect(answer.status).toBe(303);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const location = new URL(answer.headers.get('location') ?? '');
    expect(`${location.origin}${location.pathname}`).toBe(
      `${environment.simulator.loginUrl}/${contoso.tenantId}/v2.0/adminconsent`,
    );
    const { state = '', ...rest } = Object.fromEntries(location.searchParams);
    expect([...location.searchParams.keys()]).toHaveLength(4);
    expect(rest).toEqual({
      client_id: clientId,
      scope: 'https://manage.office.com/.default',
      redirect_uri: `${publicUrl}/consent/callback`,
    });
    expect(state).toMatch(/^[\w-]{43}$/);

    expect(answer.headers.has('set-cookie')).toBe(false);
    expect(answer.cookies).toEqual([
      {
        name: '__Host-consent',
        value: expect.stringMatching(/^[\w-]{43}\.[\w-]{43}$/) as string,
        httpOnly: true,
        secure: true,
        sameSite: 'Lax',
        path: '/',
        maxAge: 3600,
      },
    ]);

    const stored = await environment.consents.state(sha256(state), Date.now());
    expect(stored?.value).toMatchObject({ tenantId: contoso.tenantId, purpose: 'consent', usedAt: undefined });
    const minutes = ((stored?.value.expires ?? 0) - Date.now()) / 60_000;
    expect(minutes).toBeGreaterThan(14);
    expect(minutes).toBeLessThanOrEqual(15);
    const kept = JSON.stringify(await Array.fromAsync(environment.tables.table('consents').query({})));
    for (const part of browser.cookies.get('__Host-consent')?.split('.') ?? []) expect(kept).not.toContain(part);
  });

  it('makes a fresh state each time', async () => {
    const places = await Promise.all([1, 2, 3].map(() => createBrowser().press(invitation)));
    expect(new Set(places.map(({ headers }) => headers.get('location'))).size).toBe(3);
  });

  it.each([
    'https://evil.example',
    'null',
    'http://localhost:7072',
    'https://localhost:7071',
    `${publicUrl}.evil.example`,
  ])('refuses the origin %s', async (origin) => {
    const before = await states();
    const answer = await createBrowser().press(invitation, { origin });
    expectPage(answer, 403);
    expect(answer.log.join()).toContain('{"event":"form-refused","code":"foreign_origin"}');
    expect(answer.cookies).toEqual([]);
    expect(await states()).toBe(before);
  });

  it('refuses an invitation that is unknown, missing or dead', async () => {
    const old = invitation;
    await postJson(apiTenantInvitation, '/api/tenants/x/invitation', {}, { tenantId: contoso.tenantId });
    const before = await states();
    for (const url of [old, `${publicUrl}/consent/start?invite=unknown`, `${publicUrl}/consent/start`]) {
      expectPage(await createBrowser().press(url), 400);
    }
    expect(await states()).toBe(before);
  });

  it('refuses a form that is too large', async () => {
    const body = `invite=${secret()}&more=${'x'.repeat(65_536)}`;
    expectPage(await call(consentStart, { method: 'POST', path: '/consent/start', body }), 413);
  });

  it('goes to Microsoft from https too, with a cookie that only this host can set and see', async () => {
    vi.resetModules();
    const before = process.env['PUBLIC_URL'];
    process.env['PUBLIC_URL'] = 'https://relay.example.com/';
    try {
      const { consentStart: elsewhere } = await import('../../functions/consent-start.ts');
      const answer = await call(elsewhere, {
        method: 'POST',
        path: '/consent/start',
        headers: { origin: 'https://relay.example.com', 'content-type': 'application/x-www-form-urlencoded' },
        body: `invite=${secret()}`,
      });
      expect(answer.status).toBe(303);
      const [cookie, ...more] = answer.cookies;
      expect(more).toEqual([]);
      expect(cookie).toMatchObject({
        name: '__Host-consent',
        secure: true,
        httpOnly: true,
        sameSite: 'Lax',
        path: '/',
      });
      expect(cookie).not.toHaveProperty('domain');
      const location = new URL(answer.headers.get('location') ?? '');
      expect(location.searchParams.get('redirect_uri')).toBe('https://relay.example.com/consent/callback');
    } finally {
      process.env['PUBLIC_URL'] = before;
    }
  });
});
