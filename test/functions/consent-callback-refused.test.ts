import { describe, expect, it } from 'vitest';

import { consentCallback } from '../../functions/consent-callback.ts';
import { consentDone } from '../../functions/consent-done.ts';
import { sha256 } from '../../shared/hash.ts';
import { createBrowser } from '../support/browser.ts';
import { call } from '../support/call-function.ts';
import { fabrikam } from '../support/relay-environment.ts';
import { expectDone, expectSignIn, opens, stateOf, useConsentFixture, withParameters } from './consent-fixture.ts';

const on = useConsentFixture();

describe('whose callback it is', () => {
  it('is refused in another browser, even with a state of its own', async () => {
    const path = await on.consent();
    const before = await on.tenant();
    const other = createBrowser();
    await on.expectRefused(await on.back(path, other), before, /belongs to another browser/);
    await other.press(on.invitation);
    await on.expectRefused(await on.back(path, other), before, /belongs to another browser/);
    other.cookies.set('__Host-consent', `${stateOf(path)}.${'A'.repeat(43)}`);
    await on.expectRefused(await on.back(path, other), before, /belongs to another browser/);
    for (const value of [
      '',
      '.',
      stateOf(path),
      `${stateOf(path)}.`,
      `${on.admin.cookies.get('__Host-consent') ?? ''}.x`,
    ]) {
      other.cookies.set('__Host-consent', value);
      await on.expectRefused(await on.back(path, other), before, /belongs to another browser/);
    }
    // Nothing was used up by it.
    expectSignIn(await on.back(path));
  });

  it('is refused in another browser after it was used, too', async () => {
    const path = await on.consent();
    await on.back(path);
    await on.expectRefused(await on.back(path, createBrowser()), await on.tenant(), /belongs to another browser/);
  });

  it('is found among other cookies', async () => {
    const path = await on.consent();
    const cookie = `x__Host-consent=1; theme=dark; ${on.admin.header()}; last=consent=2`;
    expectSignIn(await call(consentCallback, { path, headers: { cookie } }));
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
    const path = withParameters(await on.consent(), { state });
    await on.expectRefused(await on.back(path), await on.tenant(), /open the link that you were sent and start again/);
  });

  it('is refused when an error comes without one', async () => {
    const answer = await on.back('/consent/callback?error=access_denied&error_description=AADSTS65004');
    await on.expectRefused(answer, await on.tenant(), /start again/);
    expect(answer.text).not.toContain('65004');
  });

  it('is refused after 15 minutes', async () => {
    const path = await on.consent();
    const stored = await on.environment.consents.state(sha256(stateOf(path)), Date.now());
    if (stored === undefined) throw new Error('not there');
    await on.environment.consents.replaceState({ ...stored.value, expires: Date.now() - 1 }, stored.etag);
    await on.expectRefused(await on.back(path), await on.tenant(), /has expired/);
  });

  it('of another tenant does not serve this one', async () => {
    const path = await on.consent();
    const mine = { ...(await on.tenant()) };
    const other = createBrowser();
    const pressed = await other.press(await on.invite(fabrikam.tenantId));
    const state = new URL(pressed.headers.get('location') ?? '').searchParams.get('state') ?? '';
    await on.expectRefused(await on.back(withParameters(path, { state }), other), mine, /another organisation/);
    expect((await on.environment.tenants.get(fabrikam.tenantId))?.value.state).toBe('invited');
  });
});

describe('invitation', () => {
  it('that was replaced meanwhile does not count any more', async () => {
    const path = await on.consent();
    const newer = await on.invite();
    const before = await on.tenant();
    await on.expectRefused(await on.back(path), before, /This link does not work any more/);
    await on.expectRefused(await on.back(path), before, /This link does not work any more/);
    expect((await on.admin.open(consentDone, '/consent/done')).status).toBe(400);
    expect(await opens(newer)).toBe(true);
  });

  it('that was replaced while the person signed in does not count any more', async () => {
    const consent = await on.consent();
    const proof = await on.signIn(consent);
    const newer = await on.invite();
    const before = await on.tenant();
    await on.expectRefused(await on.back(proof), before, /This link does not work any more/);
    await on.expectRefused(await on.back(proof), before, /This link does not work any more/);
    await on.expectRefused(await on.back(consent), before, /This link does not work any more/);
    expect(await opens(newer)).toBe(true);
  });

  it('that was used up in another tab does not count again', async () => {
    const first = await on.consent();
    const browser = on.admin;
    on.admin = createBrowser();
    const second = await on.consent();
    const other = on.admin;
    on.admin = browser;
    expectDone(await on.back(await on.signIn(first)));
    await on.expectRefused(await on.back(second, other), await on.tenant(), /This link does not work any more/);
  });

  it('of a tenant that left and was added again under another name moves nothing', async () => {
    const path = await on.prove();
    expectDone(await on.back(path));
    await on.change({ name: 'Another customer', state: 'invited', addedAt: Date.now() + 1, consentedAt: undefined });
    await on.change({ invitationHash: sha256('the-new-link') });
    const before = await on.tenant();
    await on.expectRefused(await on.back(path), before, /This link does not work any more/);
    const done = await on.admin.open(consentDone, '/consent/done');
    expect(done.status).toBe(400);
    expect(done.text).not.toContain('Another customer');
  });

  it.each(['consent', 'prove'] as const)('of a tenant that is leaving moves nothing (%s)', async (step) => {
    const path = await on[step]();
    await on.change({ state: 'leaving', leaving: 'drain' });
    await on.expectRefused(await on.back(path), await on.tenant(), /not looked after here any more/);
    expect((await on.admin.open(consentDone, '/consent/done')).status).toBe(400);
  });
});
