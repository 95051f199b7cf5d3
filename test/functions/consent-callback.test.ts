import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { apiTenantInvitation } from '../../functions/api-tenant-invitation.ts';
import { apiTenants } from '../../functions/api-tenants.ts';
import { consentCallback } from '../../functions/consent-callback.ts';
import { consentDone } from '../../functions/consent-done.ts';
import { consentStart } from '../../functions/consent-start.ts';
import { sha256 } from '../../shared/hash.ts';
import type { Tenant } from '../../shared/state/tenants.ts';
import { answerOfMicrosoft, type Browser, createBrowser } from '../support/browser.ts';
import { type Answer, call, postJson } from '../support/call-function.ts';
import {
  clientId,
  clientSecret,
  contoso,
  fabrikam,
  publicUrl,
  type RelayEnvironment,
  startRelayEnvironment,
} from '../support/relay-environment.ts';

interface Invited {
  readonly invitation: { readonly url: string };
}

let environment: RelayEnvironment;
let invitation: string;
let admin: Browser;
beforeAll(async () => {
  environment = await startRelayEnvironment();
  await postJson(apiTenants, '/api/tenants', { name: 'Contoso', tenant: contoso.tenantId });
  await postJson(apiTenants, '/api/tenants', { name: 'Fabrikam', tenant: fabrikam.tenantId });
});
beforeEach(async () => {
  admin = createBrowser();
  environment.simulator.withdraw(contoso.tenantId, clientId);
  await change({ state: 'invited', consentedAt: undefined, trouble: undefined, nextCheckAt: undefined });
  invitation = await invite();
});
afterEach(() => {
  environment.proxy.fate = () => 'answered';
  environment.simulator.switches.reset();
  environment.simulator.setClientSecret(clientId, clientSecret);
});
afterAll(() => environment.close());

async function invite(tenantId: string = contoso.tenantId): Promise<string> {
  const answer = await postJson(apiTenantInvitation, '/api/tenants/x/invitation', {}, { tenantId });
  return (answer.body as Invited).invitation.url;
}

async function tenant(): Promise<Tenant> {
  const stored = await environment.tenants.get(contoso.tenantId);
  if (stored === undefined) throw new Error('not there');
  return stored.value;
}

async function change(part: Partial<Tenant>): Promise<void> {
  const stored = await environment.tenants.get(contoso.tenantId);
  if (stored === undefined) throw new Error('not there');
  await environment.tenants.replace({ ...stored.value, ...part }, stored.etag);
}

/** Presses the button and lets Microsoft answer. @returns path and query of our callback */
async function consent(answer: 'accept' | 'cancel' = 'accept', account = `admin:${contoso.tenantId}`): Promise<string> {
  const pressed = await admin.press(invitation);
  expect(pressed.status).toBe(303);
  return answerOfMicrosoft(pressed.headers.get('location') ?? '', answer, account);
}

const back = (path: string, browser = admin) => browser.open(consentCallback, path);
const opens = async (url: string) => (await call(consentStart, { path: url })).status === 200;
const stateOf = (path: string) => new URL(path, publicUrl).searchParams.get('state') ?? '';

function withParameters(path: string, parameters: Readonly<Record<string, string | undefined>>): string {
  const url = new URL(path, publicUrl);
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  return `${url.pathname}${url.search}`;
}

function expectDone(answer: Answer): void {
  expect(answer.status).toBe(303);
  expect(answer.headers.get('location')).toBe(`${publicUrl}/consent/done`);
  expect(answer.headers.get('cache-control')).toBe('no-store');
}

/** A page with one sentence, and nothing changed. */
async function expectRefused(answer: Answer, before: Tenant, words: RegExp): Promise<void> {
  expect(answer.status).toBe(400);
  expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(answer.text).toMatch(words);
  expect(answer.text).not.toMatch(/<script|at .*\.ts:\d|node_modules/i);
  expect(await tenant()).toEqual(before);
}

describe('consent given', () => {
  it('makes the tenant active and uses the invitation up', async () => {
    const path = await consent();
    const started = Date.now();
    const answer = await back(path);
    expectDone(answer);
    const after = await tenant();
    expect(after).toMatchObject({ state: 'active', name: 'Contoso', invitationHash: undefined });
    expect(after.consentedAt).toBeGreaterThanOrEqual(started);
    expect(await opens(invitation)).toBe(false);
    expect(answer.log.join()).not.toContain(stateOf(path));
    expect((await admin.open(consentDone, '/consent/done')).status).toBe(200);
  });

  it('is done once, however often the same browser comes back', async () => {
    const path = await consent();
    await back(path);
    const before = await tenant();
    environment.simulator.clearRequests();
    for (let times = 0; times < 3; times += 1) expectDone(await back(path));
    expect(await tenant()).toEqual(before);
    expect(environment.simulator.requests()).toEqual([]);
  });

  it('is done once when the same callback comes twice at the same moment', async () => {
    const path = await consent();
    for (const answer of await Promise.all([back(path), back(path), back(path)])) expectDone(answer);
    expect(await tenant()).toMatchObject({ state: 'active', invitationHash: undefined });
  });

  it('does not come back to life by an old callback, refreshed', async () => {
    const path = await consent();
    await back(path);
    await change({ state: 'consent-withdrawn' });
    const before = await tenant();
    expectDone(await back(path));
    expect(await tenant()).toEqual(before);
  });

  it('leaves a paused tenant paused', async () => {
    await change({ state: 'paused' });
    expectDone(await back(await consent()));
    expect(await tenant()).toMatchObject({ state: 'paused', invitationHash: undefined });
  });

  it('takes a tenant ID in upper case', async () => {
    expectDone(await back(withParameters(await consent(), { tenant: contoso.tenantId.toUpperCase() })));
    expect((await tenant()).state).toBe('active');
  });
});

describe('whose callback it is', () => {
  it('is refused in another browser, even with a state of its own', async () => {
    const path = await consent();
    const before = await tenant();
    const other = createBrowser();
    await expectRefused(await back(path, other), before, /belongs to another browser/);
    await other.press(invitation);
    await expectRefused(await back(path, other), before, /belongs to another browser/);
    other.cookies.set('consent', `${stateOf(path)}.${'A'.repeat(43)}`);
    await expectRefused(await back(path, other), before, /belongs to another browser/);
    for (const value of ['', '.', stateOf(path), `${stateOf(path)}.`, `${admin.cookies.get('consent') ?? ''}.x`]) {
      other.cookies.set('consent', value);
      await expectRefused(await back(path, other), before, /belongs to another browser/);
    }
    // Nothing was used up by it.
    expectDone(await back(path));
  });

  it('is refused in another browser after it was used, too', async () => {
    const path = await consent();
    await back(path);
    await expectRefused(await back(path, createBrowser()), await tenant(), /belongs to another browser/);
  });

  it('is found among other cookies', async () => {
    const path = await consent();
    const cookie = `xconsent=1; theme=dark; ${admin.header()}; last=consent=2`;
    expectDone(await call(consentCallback, { path, headers: { cookie } }));
  });
});

describe('state', () => {
  it.each([
    ['missing', undefined],
    ['empty', ''],
    ['unknown', 'A'.repeat(43)],
    ['endless', 'A'.repeat(5000)],
    ['a script', '"><script>alert(1)</script>'],
  ])('is refused when %s', async (_, state) => {
    const path = withParameters(await consent(), { state });
    await expectRefused(await back(path), await tenant(), /open the link that you were sent and start again/);
  });

  it('is refused when an error comes without one', async () => {
    const answer = await back('/consent/callback?error=access_denied&error_description=AADSTS65004');
    await expectRefused(answer, await tenant(), /start again/);
    expect(answer.text).not.toContain('65004');
  });

  it('is refused after 15 minutes', async () => {
    const path = await consent();
    const stored = await environment.consents.state(sha256(stateOf(path)));
    if (stored === undefined) throw new Error('not there');
    await environment.consents.replaceState({ ...stored.value, expires: Date.now() - 1 }, stored.etag);
    await expectRefused(await back(path), await tenant(), /has expired/);
  });

  it('of another tenant does not serve this one', async () => {
    const path = await consent();
    const mine = { ...(await tenant()) };
    const other = createBrowser();
    const pressed = await other.press(await invite(fabrikam.tenantId));
    const state = new URL(pressed.headers.get('location') ?? '').searchParams.get('state') ?? '';
    await expectRefused(await back(withParameters(path, { state }), other), mine, /another organisation/);
    expect((await environment.tenants.get(fabrikam.tenantId))?.value.state).toBe('invited');
  });
});

describe('what Microsoft says', () => {
  it('is refused for another tenant than the invited one', async () => {
    const before = await tenant();
    const path = withParameters(await consent(), { tenant: fabrikam.tenantId });
    await expectRefused(await back(path), before, /another organisation than the one invited/);
    await expectRefused(await back(path), before, /another organisation than the one invited/);
    await expectRefused(await back(withParameters(path, { tenant: contoso.tenantId })), before, /another organisation/);
    expect((await admin.open(consentDone, '/consent/done')).status).toBe(400);
  });

  it.each([
    ['no tenant', { tenant: undefined }],
    ['no admin_consent', { admin_consent: undefined }],
    ['admin_consent=False', { admin_consent: 'False' }],
    ['an error beside admin_consent=True', { error: 'access_denied', error_description: 'AADSTS90094: no' }],
    ['an empty error', { error: '' }],
  ])('is refused with %s', async (_, parameters) => {
    const before = await tenant();
    await expectRefused(await back(withParameters(await consent(), parameters)), before, /open the link again/);
    expect(await opens(invitation)).toBe(true);
  });

  it('names the code of an error, and none of its text', async () => {
    const before = await tenant();
    const description = 'AADSTS90094: <img src=x onerror=alert(1)> call 555-0100';
    const answer = await back(withParameters(await consent(), { error: '<b>x', error_description: description }));
    await expectRefused(answer, before, /\(AADSTS90094\)/);
    expect(answer.text).not.toMatch(/<img|<b>|555-0100|onerror/);
  });

  it('can be no: the same link works again', async () => {
    const before = await tenant();
    const declined = await consent('cancel');
    expect(declined).toContain('admin_consent=True');
    await expectRefused(await back(declined), before, /You chose not to accept/);
    await expectRefused(await back(declined), before, /You chose not to accept/);
    expectDone(await back(await consent()));
    expect((await tenant()).state).toBe('active');
  });

  it('can be that the person is no administrator', async () => {
    const before = await tenant();
    const answer = await back(await consent('accept', `user:${contoso.tenantId}`));
    await expectRefused(answer, before, /AADSTS90094.*sign in as an administrator/s);
  });
});

describe('proof', () => {
  it('waits while Microsoft has not applied the consent, and the link still works', async () => {
    environment.simulator.switches.set('roles-delay', 3600);
    const answer = await back(await consent());
    expectDone(answer);
    const after = await tenant();
    expect(after.state).toBe('waiting');
    expect(after.invitationHash).toBeDefined();
    // Seconds count now: the lister asks again soon.
    expect(after.nextCheckAt ?? 0).toBeLessThan(Date.now() + 60_000);
    expect(await opens(invitation)).toBe(true);
    expect((await admin.open(consentDone, '/consent/done')).text).toContain('Microsoft is applying your consent');
  });

  it('waits when nobody consented at all: the redirect alone proves nothing', async () => {
    const path = await consent();
    environment.simulator.withdraw(contoso.tenantId, clientId);
    expectDone(await back(path));
    expect((await tenant()).state).toBe('waiting');
    expect(await opens(invitation)).toBe(true);
  });

  it('waits when our own credential is refused, without blaming the tenant', async () => {
    const path = await consent();
    environment.simulator.setClientSecret(clientId, 'another-secret');
    const answer = await back(path);
    expectDone(answer);
    expect(await tenant()).toMatchObject({ state: 'waiting', trouble: undefined, nextCheckAt: undefined });
    expect(answer.log.join()).toContain('credential-refused');
    expect(answer.log.join()).not.toContain(clientSecret);
  });
});

describe('invitation', () => {
  it('that was replaced meanwhile does not count any more', async () => {
    const path = await consent();
    const newer = await invite();
    const before = await tenant();
    await expectRefused(await back(path), before, /This link does not work any more/);
    await expectRefused(await back(path), before, /This link does not work any more/);
    expect((await admin.open(consentDone, '/consent/done')).status).toBe(400);
    expect(await opens(newer)).toBe(true);
  });

  it('that was used up in another tab does not count again', async () => {
    const first = await consent();
    const browser = admin;
    admin = createBrowser();
    const second = await consent();
    expectDone(await back(first, browser));
    await expectRefused(await back(second), await tenant(), /This link does not work any more/);
  });

  it('of a tenant that left and was added again under another name moves nothing', async () => {
    const path = await consent();
    expectDone(await back(path));
    await change({ name: 'Another customer', state: 'invited', addedAt: Date.now() + 1, consentedAt: undefined });
    await change({ invitationHash: sha256('the-new-link') });
    const before = await tenant();
    await expectRefused(await back(path), before, /This link does not work any more/);
    const done = await admin.open(consentDone, '/consent/done');
    expect(done.status).toBe(400);
    expect(done.text).not.toContain('Another customer');
  });

  it('of a tenant that is leaving moves nothing', async () => {
    const path = await consent();
    await change({ state: 'leaving', leaving: 'drain' });
    await expectRefused(await back(path), await tenant(), /not looked after here any more/);
    expect((await admin.open(consentDone, '/consent/done')).status).toBe(400);
  });
});

describe('storage', () => {
  const failing = (fails: (request: string) => boolean): void => {
    environment.proxy.fate = (request) => (fails(request) ? 'refused' : 'answered');
  };

  it.each([
    ['before the state is read', (request: string) => request.includes('/consents')],
    ['before the state is used', (request: string) => request.startsWith('PUT') && request.includes('/consents')],
    ['before the tenant is read', (request: string) => request.startsWith('GET') && request.includes('/tenants')],
    ['before the tenant is written', (request: string) => request.startsWith('PUT') && request.includes('/tenants')],
  ])('that fails %s: a refresh makes it good', async (_, fails) => {
    const path = await consent();
    const before = await tenant();
    failing(fails);
    const answer = await back(path);
    expect(answer.status).toBe(503);
    expect(answer.text).toContain('Please try again');
    expect(await tenant()).toEqual(before);
    environment.proxy.fate = () => 'answered';
    expect((await admin.open(consentDone, '/consent/done')).status).toBe(400);
    expectDone(await back(path));
    expect(await tenant()).toMatchObject({ state: 'active', invitationHash: undefined });
    expect((await admin.open(consentDone, '/consent/done')).status).toBe(200);
  });

  it.each(['/consents', '/tenants'])('that does a write of %s and cannot say so: it is done', async (table) => {
    const path = await consent();
    let unheard = false;
    environment.proxy.fate = (request) => {
      if (unheard || !request.startsWith('PUT') || !request.includes(table)) return 'answered';
      unheard = true;
      return 'unheard';
    };
    expectDone(await back(path));
    expect(unheard).toBe(true);
    expect(await tenant()).toMatchObject({ state: 'active', invitationHash: undefined });
  });

  it('that is written by the lister meanwhile: nothing of it is overwritten', async () => {
    const path = await consent();
    let written: Promise<void> | undefined;
    environment.proxy.fate = (request) => {
      if (request.startsWith('GET') && request.includes('/tenants') && written === undefined) {
        written = change({ name: 'Renamed' });
      }
      return 'answered';
    };
    expectDone(await back(path));
    await written;
    expect(await tenant()).toMatchObject({ state: 'active', name: 'Renamed' });
    await change({ name: 'Contoso' });
  });
});
