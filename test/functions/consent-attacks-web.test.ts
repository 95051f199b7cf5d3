import { describe, expect, it } from 'vitest';

import { consentDone } from '../../functions/consent-done.ts';
import { consentStart } from '../../functions/consent-start.ts';
import { SettingsError } from '../../shared/settings.ts';
import { parseSettings } from '../../shared/settings/parse-settings.ts';
import { answerOfMicrosoft, createBrowser } from '../support/browser.ts';
import { call } from '../support/call-function.ts';
import { contoso, goodSettings, publicUrl } from '../support/relay-environment.ts';
import { expectDone, expectSignIn, opens, useConsentFixture, withParameters } from './consent-fixture.ts';

const on = useConsentFixture();

describe('attack: a mail scanner', () => {
  it('that opens the link, presses the button and follows it uses nothing up', async () => {
    const before = await on.tenant();
    for (let times = 0; times < 3; times += 1) {
      expect((await call(consentStart, { path: on.invitation })).status).toBe(200);
      const scanner = createBrowser();
      const pressed = await scanner.press(on.invitation);
      expect(pressed.status).toBe(303);
      await fetch(pressed.headers.get('location') ?? '');
    }
    expect(await on.tenant()).toEqual(before);
    expect(await opens(on.invitation)).toBe(true);
    expectDone(await on.back(await on.prove()));
  });

  it('that fetches both callbacks without cookies, before the browser does, uses nothing up', async () => {
    const consent = await on.consent();
    expect((await on.back(consent, createBrowser())).status).toBe(400);
    const proof = await on.signIn(consent);
    expect((await on.back(proof, createBrowser())).status).toBe(400);
    expectDone(await on.back(proof));
  });
});

describe('attack: an open redirect', () => {
  it.each([
    'javascript:alert(1)',
    'http://evil.example',
    'data:text/html,x',
    '//evil.example',
    'https://user:password@evil.example',
  ])('RETURN_URL %s is refused at start', (address) => {
    expect(() => parseSettings({ ...goodSettings(), RETURN_URL: address })).toThrow(SettingsError);
  });

  it('leads nowhere that a parameter names', async () => {
    const evil = Object.fromEntries(
      ['return', 'returnTo', 'return_url', 'redirect_uri', 'redirect', 'next', 'url', 'RETURN_URL'].map((name) => [
        name,
        'https://evil.example',
      ]),
    );
    const signIn = expectSignIn(await on.back(withParameters(await on.consent(), evil)));
    expect(signIn).not.toContain('evil');
    const proof = await answerOfMicrosoft(signIn, 'accept', `admin:${contoso.tenantId}`);
    expectDone(await on.back(withParameters(proof, evil)));
    const { searchParams } = new URL(withParameters('/consent/done', evil), publicUrl);
    const done = await on.admin.open(consentDone, `/consent/done?${searchParams.toString()}`);
    expect(done.status).toBe(200);
    expect(done.text).not.toContain('evil');
  });
});

describe('attack: click-jacking', () => {
  it('no page of consent may be framed, run script, or send a form elsewhere', async () => {
    const pages = [
      await call(consentStart, { path: on.invitation }),
      await call(consentStart, { path: '/consent/start?invite=unknown' }),
      await on.back(await on.consent('cancel')),
      await call(consentDone, { path: '/consent/done' }),
    ];
    await on.back(await on.prove());
    pages.push(await on.admin.open(consentDone, '/consent/done'));
    for (const { headers, text } of pages) {
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("base-uri 'none'");
      expect(policy).toContain("form-action 'self'");
      expect(policy).not.toMatch(/script-src|unsafe|\*/);
      expect(text).not.toMatch(/<script|<iframe|\son\w+=/i);
    }
    expect(pages.map(({ status }) => status)).toEqual([200, 400, 400, 400, 200]);
  });
});
