import { describe, expect, it } from 'vitest';

import { consentDone } from '../../functions/consent-done.ts';
import { consentStart } from '../../functions/consent-start.ts';
import { contoso, fabrikam } from '../support/relay-environment.ts';
import { expectDone, expectSignIn, opens, stateOf, useConsentFixture, withParameters } from './consent-fixture.ts';

const on = useConsentFixture();

describe('consent given', () => {
  it('changes nothing yet: it leads on to the sign-in of the invited tenant', async () => {
    const before = await on.tenant();
    const path = await on.consent();
    const answer = await on.back(path);
    const signIn = new URL(expectSignIn(answer)).searchParams;
    expect(signIn.get('redirect_uri')).toBe('http://localhost:7071/signin/callback');
    expect(signIn.get('response_type')).toBe('code');
    expect(signIn.get('code_challenge_method')).toBe('S256');
    expect(signIn.get('code_challenge')).toMatch(/^[\w-]{43}$/);
    expect(signIn.get('nonce')).toMatch(/^[\w-]{43}$/);
    expect(signIn.get('scope')?.split(' ').toSorted()).toEqual(['User.Read', 'openid', 'profile']);
    expect(signIn.get('state')).not.toBe(stateOf(path));
    expect(await on.tenant()).toEqual(before);
    expect(await opens(on.invitation)).toBe(true);
    expect((await on.admin.open(consentDone, '/consent/done')).status).toBe(400);
    expect(answer.log.join()).not.toContain(stateOf(path));
  });

  it('keeps nothing that the code could be redeemed with', async () => {
    const answer = await on.back(await on.consent());
    const { nonce, state } = Object.fromEntries(new URL(expectSignIn(answer)).searchParams);
    const kept = JSON.stringify(await Array.fromAsync(on.environment.tables.table('consents').query({})));
    for (const text of [nonce, state, ...(on.admin.cookies.get('__Host-consent') ?? '').split('.')]) {
      expect(text).toMatch(/^[\w-]{43}$/);
      expect(kept).not.toContain(text);
    }
  });

  it('leads to the sign-in again when the page is refreshed, each time with a state of its own', async () => {
    const before = await on.tenant();
    const path = await on.consent();
    const states = new Set<string>();
    for (let times = 0; times < 3; times += 1) states.add(stateOf(expectSignIn(await on.back(path))));
    for (const answer of await Promise.all([on.back(path), on.back(path)])) states.add(stateOf(expectSignIn(answer)));
    expect(states.size).toBe(5);
    expect(await on.tenant()).toEqual(before);
  });

  it('leads to the closing page once it is proven, and changes nothing any more', async () => {
    const path = await on.consent();
    expectDone(await on.back(await on.signIn(path)));
    const before = await on.tenant();
    on.environment.simulator.clearRequests();
    for (let times = 0; times < 3; times += 1) expectDone(await on.back(path));
    expect(await on.tenant()).toEqual(before);
    expect(on.environment.simulator.requests()).toEqual([]);
  });

  it('takes a tenant ID in upper case', async () => {
    expectSignIn(await on.back(withParameters(await on.consent(), { tenant: contoso.tenantId.toUpperCase() })));
  });
});

describe('what Microsoft says', () => {
  it('is refused for another tenant than the invited one', async () => {
    const before = await on.tenant();
    const path = withParameters(await on.consent(), { tenant: fabrikam.tenantId });
    await on.expectRefused(await on.back(path), before, /another organisation than the one invited/);
    await on.expectRefused(await on.back(path), before, /another organisation than the one invited/);
    await on.expectRefused(
      await on.back(withParameters(path, { tenant: contoso.tenantId })),
      before,
      /another organisation/,
    );
    expect((await on.admin.open(consentDone, '/consent/done')).status).toBe(400);
  });

  it.each([
    ['no tenant', { tenant: undefined }],
    ['no admin_consent', { admin_consent: undefined }],
    ['admin_consent=False', { admin_consent: 'False' }],
    ['an error beside admin_consent=True', { error: 'access_denied', error_description: 'AADSTS90094: no' }],
    ['an error without a code beside admin_consent=True', { error: 'access_denied', error_description: 'no' }],
    ['an empty error', { error: '' }],
  ])('is refused with %s', async (_, parameters) => {
    const before = await on.tenant();
    await on.expectRefused(
      await on.back(withParameters(await on.consent(), parameters)),
      before,
      /open the link again/,
    );
    expect(await opens(on.invitation)).toBe(true);
  });

  it('names the code and the numbers of an error, and none of its text', async () => {
    const before = await on.tenant();
    const [trace, correlation] = ['0a0a0a0a-1111-4222-8333-444444444444', '0b0b0b0b-1111-4222-8333-444444444444'];
    const description = `AADSTS90094: <img src=x onerror=alert(1)> call 555-0100 Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: 2026`;
    const answer = await on.back(withParameters(await on.consent(), { error: '<b>x', error_description: description }));
    await on.expectRefused(answer, before, /\(AADSTS90094\)/);
    expect(answer.text).toContain(trace);
    expect(answer.text).toContain(correlation);
    expect(answer.text).not.toMatch(/<img|<b>|555-0100|onerror|Timestamp/);
  });

  it('can be no: the same link works again, and so does the button', async () => {
    const before = await on.tenant();
    const declined = await on.consent('cancel');
    expect(declined).toContain('admin_consent=True');
    await on.expectRefused(await on.back(declined), before, /You chose not to accept/);
    const answer = await on.back(declined);
    await on.expectRefused(answer, before, /You chose not to accept/);
    expect(answer.text).toContain('href="/consent/start"');
    expect(answer.text).not.toContain(new URL(on.invitation).searchParams.get('invite') ?? '');

    const start = await on.admin.open(consentStart, '/consent/start');
    expect(start.status).toBe(200);
    expect(start.text).toContain(contoso.tenantId);
    expect(start.text).not.toContain('name="invite"');
    const pressed = await on.admin.pressAgain();
    expect(new URL(pressed.headers.get('location') ?? '').pathname).toBe(`/${contoso.tenantId}/v2.0/adminconsent`);

    expectDone(await on.back(await on.prove()));
    expect((await on.tenant()).state).toBe('active');
  });

  it('can be that the person is no administrator', async () => {
    const before = await on.tenant();
    const answer = await on.back(await on.consent('accept', `user:${contoso.tenantId}`));
    await on.expectRefused(answer, before, /AADSTS90094.*sign in as an administrator/s);
  });

  it('is told to the operator where only the operator can mend it', async () => {
    const before = await on.tenant();
    on.environment.simulator.switches.set('consent-refused', { code: 650056 });
    const answer = await on.back(await on.consent());
    await on.expectRefused(answer, before, /nothing that you can do about it.*AADSTS650056/s);
    expect(answer.text).toContain('security@example.com');
    expect(answer.text).not.toContain('href="/consent/start"');
    expect(answer.log.join()).toContain('"event":"consent-misconfigured"');
    expect(answer.log.join()).toContain('"aadsts":"AADSTS650056"');
  });
});
