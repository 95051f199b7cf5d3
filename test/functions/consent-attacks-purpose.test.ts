import { describe, expect, it } from 'vitest';

import { apiTenants } from '../../functions/api-tenants.ts';
import { consentDone } from '../../functions/consent-done.ts';
import { consoleCustomers } from '../../functions/console.ts';
import { consoleSignIn } from '../../functions/console-sign-in.ts';
import { createStores } from '../../shared/state/stores.ts';
import { answerOfMicrosoft, type Browser, createBrowser } from '../support/browser.ts';
import { call, postJson } from '../support/call-function.ts';
import { contoso, homeTenantId, publicUrl } from '../support/relay-environment.ts';
import { expectDone, expectSignIn, stateOf, useConsentFixture, withParameters } from './consent-fixture.ts';

const on = useConsentFixture();

const stores = () => createStores(on.environment.tables);

/** Presses the console's button. @returns the address of Microsoft's page */
async function pressConsole(browser: Browser): Promise<string> {
  const answer = await call(consoleSignIn, {
    method: 'POST',
    path: '/console/sign-in',
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: publicUrl, cookie: browser.header() },
    body: '',
  });
  for (const { name, value } of answer.cookies) browser.cookies.set(name, value);
  return answer.headers.get('location') ?? '';
}

async function expectNoSession(browser: Browser): Promise<void> {
  expect([...browser.cookies.keys()]).not.toContain('__Host-session');
  expect(await stores().sessions.all()).toEqual([]);
  const answer = await browser.open(consoleCustomers, '/console');
  expect(answer.status).toBe(303);
  expect(answer.headers.get('location')).toContain('/console/sign-in');
}

describe('attack: a state for another purpose', () => {
  it('a proof’s state is none of the consent callback’s, nor the other way round', async () => {
    const before = await on.tenant();
    const consent = await on.consent();
    const proof = await on.signIn(consent);
    const [consentState, proofState] = [stateOf(consent), stateOf(proof)];
    await on.expectRefused(await on.back(withParameters(consent, { state: proofState })), before, /start again/);
    await on.expectRefused(await on.back(withParameters(proof, { state: consentState })), before, /start again/);
    // Nothing was used up by it.
    expectSignIn(await on.back(consent));
    expectDone(await on.back(proof));
  });

  it('a console’s state gives no consent, and its answer proves none', async () => {
    const before = await on.tenant();
    const consent = await on.consent();
    const location = await pressConsole(on.admin);
    const signedIn = await answerOfMicrosoft(location, 'accept', `operator:${homeTenantId}`);
    await on.expectRefused(await on.back(withParameters(consent, { state: stateOf(location) })), before, /start again/);
    const proof = await on.signIn(consent);
    const mixed = withParameters(signedIn, { state: stateOf(proof) });
    await on.expectRefused(await on.back(mixed), before, /did not confirm who you are/);
    expect(await stores().sessions.all()).toEqual([]);
  });

  it('a code that proves consent opens no console under the console’s state', async () => {
    const proof = await on.prove();
    const location = await pressConsole(on.admin);
    const answer = await on.back(withParameters(proof, { state: stateOf(location) }));
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('href="/console/sign-in"');
    await expectNoSession(on.admin);
  });
});

describe('attack: a consent proof used as a console session', () => {
  it('gives none to somebody with our app role in their own directory', async () => {
    const path = await on.signIn(await on.consent(), 'accept', `intruder:${contoso.tenantId}`);
    expectDone(await on.back(path));
    await expectNoSession(on.admin);
  });

  it('gives none to an operator who consents for the home tenant itself', async () => {
    const added = await postJson(apiTenants, '/api/tenants', { name: 'Ourselves', tenant: homeTenantId });
    const { invitation } = added.body as { invitation: { url: string } };
    const pressed = await on.admin.press(invitation.url);
    const consent = await answerOfMicrosoft(pressed.headers.get('location') ?? '', 'accept', `admin:${homeTenantId}`);
    const signIn = (await on.back(consent)).headers.get('location') ?? '';
    expectDone(await on.back(await answerOfMicrosoft(signIn, 'accept', `operator:${homeTenantId}`)));
    expect((await on.environment.tenants.get(homeTenantId))?.value).toMatchObject({
      state: 'active',
      consentedBy: expect.stringContaining('Olivia Operator') as string,
    });
    await expectNoSession(on.admin);
  });

  it('is not taken for one under the session’s cookie name either', async () => {
    expectDone(await on.back(await on.prove()));
    const value = on.admin.cookies.get('__Host-consented') ?? '';
    expect(value).not.toBe('');
    const [state = '', secret = ''] = value.split('.');
    for (const forged of [value, state, secret]) {
      const browser = createBrowser();
      browser.cookies.set('__Host-session', forged);
      const answer = await browser.open(consoleCustomers, '/console');
      expect(answer.headers.get('location')).toContain('/console/sign-in');
    }
  });
});

describe('attack: script in a name', () => {
  it('of the administrator is text on the closing page and in the history', async () => {
    const name = '<img src=x onerror=alert(1)>';
    const path = await on.prove();
    on.environment.simulator.switches.set('forged-id-token', { name, preferred_username: '<b>x</b>' });
    expectDone(await on.back(path));
    const { text } = await on.admin.open(consentDone, '/consent/done');
    expect(text).toContain('&lt;img src=x onerror=alert(1)&gt; (&lt;b&gt;x&lt;/b&gt;)');
    expect(text).not.toContain('<img');
    expect((await stores().history.ofTenant(contoso.tenantId, 1))[0]?.by).toBe(`${name} (<b>x</b>)`);
  });

  it('of the customer is text on every page', async () => {
    const name = '"><script>alert(1)</script>';
    await on.change({ name });
    const path = await on.prove();
    expectDone(await on.back(path));
    const { text } = await on.admin.open(consentDone, '/consent/done');
    expect(text).toContain('&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(text).not.toContain('<script');
  });
});
