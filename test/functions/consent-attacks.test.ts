import { beforeEach, describe, expect, it } from 'vitest';

import { consentDone } from '../../functions/consent-done.ts';
import type { Tenant } from '../../shared/state/tenants.ts';
import { answerOfMicrosoft, createBrowser } from '../support/browser.ts';
import { contoso, fabrikam } from '../support/relay-environment.ts';
import { expectDone, expectSignIn, opens, stateOf, useConsentFixture, withParameters } from './consent-fixture.ts';

const on = useConsentFixture();
let before: Tenant;
beforeEach(async () => {
  before = await on.tenant();
});

const granted = (state: string, tenantId: string = contoso.tenantId) =>
  `/consent/callback?admin_consent=True&tenant=${tenantId}&state=${state}`;
const fabrikamRow = async () => (await on.environment.tenants.get(fabrikam.tenantId))?.value;
const intact = async () => {
  expect(await on.tenant()).toEqual(before);
  expect(await opens(on.invitation)).toBe(true);
};

describe('attack: a forged callback', () => {
  it('without a state of ours changes nothing', async () => {
    for (const state of ['', 'A'.repeat(43), '../../x']) {
      await on.expectRefused(await on.back(granted(state), createBrowser()), before, /start again/);
      const proof = `/signin/callback?code=abc&state=${state}`;
      await on.expectRefused(await on.back(proof, createBrowser()), before, /start again/);
    }
    await intact();
  });

  it('with a state of their own, and nobody asked at Microsoft, gets no further than the sign-in of the invited tenant', async () => {
    const pressed = await on.admin.press(on.invitation);
    const forged = granted(stateOf(pressed.headers.get('location') ?? ''));
    const signIn = expectSignIn(await on.back(forged));
    await intact();
    await expect(answerOfMicrosoft(signIn, 'accept', `admin:${fabrikam.tenantId}`)).rejects.toThrow('leads nowhere');
    await expect(answerOfMicrosoft(signIn, 'accept', 'personal')).rejects.toThrow('leads nowhere');
    await on.expectRefused(await on.back(`/signin/callback?code=made-up&state=${stateOf(signIn)}`), before, /did not/);
    await intact();
  });

  it('of the second step, before the first one came back, has no state to go with', async () => {
    const consent = await on.consent();
    await on.expectRefused(await on.back(`/signin/callback?code=abc&state=${stateOf(consent)}`), before, /start again/);
    expectSignIn(await on.back(consent));
  });
});

describe('attack: a replay', () => {
  it.each([
    ['in another browser', 'other_browser', async () => on.consent()],
    ['with a state that is not ours', 'state_invalid', () => Promise.resolve(granted('A'.repeat(43)))],
  ])('%s is told to the log, by its code alone', async (_what, code, pathOf) => {
    const path = await pathOf();
    const { log } = await on.back(path, createBrowser());
    expect(log.filter((line) => line.includes(`{"event":"answer-refused","code":"${code}"}`))).toHaveLength(1);
    expect(log.join()).not.toContain(stateOf(path));
  });

  it('of either callback in another browser is refused, before and after it was used', async () => {
    const consent = await on.consent();
    await on.expectRefused(await on.back(consent, createBrowser()), before, /belongs to another browser/);
    const proof = await on.signIn(consent);
    await on.expectRefused(await on.back(proof, createBrowser()), before, /belongs to another browser/);
    expectDone(await on.back(proof));
    const after = await on.tenant();
    for (const path of [consent, proof]) {
      await on.expectRefused(await on.back(path, createBrowser()), after, /belongs to another browser/);
    }
  });

  it('of a code under another state of the same browser is refused', async () => {
    const consent = await on.consent();
    const used = await on.signIn(consent);
    const fresh = stateOf(expectSignIn(await on.back(consent)));
    await on.expectRefused(
      await on.back(withParameters(used, { state: fresh })),
      before,
      /did not confirm who you are/,
    );
    await intact();
  });

  it('of an old consent after it was withdrawn brings nothing back', async () => {
    const proof = await on.prove();
    await on.back(proof);
    await on.change({ state: 'consent-withdrawn' });
    const withdrawn = await on.tenant();
    expectDone(await on.back(proof));
    expect(await on.tenant()).toEqual(withdrawn);
  });
});

describe('attack: login CSRF', () => {
  it('the attacker’s own finished sign-in, opened in the victim’s browser, is refused there', async () => {
    const attackers = await on.prove();
    const victim = createBrowser();
    await victim.press(on.invitation);
    await on.expectRefused(await on.back(attackers, victim), before, /belongs to another browser/);
    await intact();
  });

  it.each([`user:${contoso.tenantId}`, `admin:${contoso.tenantId}`])(
    'the attacker’s code (%s) under the victim’s state is worth nothing',
    async (account) => {
      const victims = expectSignIn(await on.back(await on.consent()));
      const victim = on.admin;
      on.admin = createBrowser();
      const attackers = await on.signIn(await on.consent(), 'accept', account);
      const swapped = withParameters(attackers, { state: stateOf(victims) });
      await on.expectRefused(await on.back(swapped, victim), before, /did not confirm who you are/);
      await intact();
    },
  );
});

describe('attack: cross-tenant confusion', () => {
  it('the attacker’s tenant onto the victim’s name: the tenant in the answer is not the invited one', async () => {
    const path = withParameters(await on.consent(), { tenant: fabrikam.tenantId });
    await on.expectRefused(await on.back(path), before, /another organisation than the one invited/);
    await intact();
    expect((await fabrikamRow())?.state).toBe('invited');
  });

  it('the victim’s tenant onto the attacker’s invitation: a state serves its own tenant only', async () => {
    const attacker = createBrowser();
    const pressed = await attacker.press(await on.invite(fabrikam.tenantId));
    const state = stateOf(pressed.headers.get('location') ?? '');
    const fabrikamBefore = await fabrikamRow();
    await on.expectRefused(await on.back(granted(state), attacker), before, /another organisation/);
    expect(await fabrikamRow()).toEqual(fabrikamBefore);
    await intact();
  });

  it('a code of another tenant is refused by the tenant that it is redeemed in', async () => {
    const mine = expectSignIn(await on.back(await on.consent()));
    const theirs = mine.replace(contoso.tenantId, fabrikam.tenantId);
    const path = await answerOfMicrosoft(theirs, 'accept', `admin:${fabrikam.tenantId}`);
    expect(stateOf(path)).toBe(stateOf(mine));
    await on.expectRefused(await on.back(path), before, /did not confirm who you are|another organisation/);
    await intact();
  });

  it('an ID token of another tenant proves nothing here', async () => {
    const path = await on.prove();
    on.environment.simulator.switches.set('forged-id-token', { tid: fabrikam.tenantId });
    await on.expectRefused(await on.back(path), before, /another organisation|did not confirm/);
    await intact();
  });

  it.each([
    ['nonce', { nonce: 'A'.repeat(43) }],
    ['nonce left out', { nonce: null }],
    ['audience', { aud: 'aaaaaaaa-2222-3333-4444-555555555555' }],
    ['end', { exp: 1 }],
  ])('an ID token with another %s proves nothing', async (_, claims) => {
    const path = await on.prove();
    on.environment.simulator.switches.set('forged-id-token', claims);
    await on.expectRefused(await on.back(path), before, /did not confirm who you are|another organisation/);
    await intact();
  });

  it('two customers’ links in two tabs of one browser each bind their own tenant', async () => {
    const other = await on.invite(fabrikam.tenantId);
    const first = await on.consent();
    const pressed = await on.admin.press(other);
    const admin = `admin:${fabrikam.tenantId}`;
    const second = await answerOfMicrosoft(pressed.headers.get('location') ?? '', 'accept', admin);
    const secondSignIn = (await on.back(second)).headers.get('location') ?? '';
    const firstProof = await on.signIn(first);
    const secondProof = await answerOfMicrosoft(secondSignIn, 'accept', admin);
    expectDone(await on.back(firstProof));
    expect((await on.admin.open(consentDone, '/consent/done')).text).toContain('audit logs of Contoso');
    expect((await fabrikamRow())?.state).toBe('invited');
    expectDone(await on.back(secondProof));
    expect((await on.admin.open(consentDone, '/consent/done')).text).toContain('audit logs of Fabrikam');
    expect(await on.tenant()).toMatchObject({ name: 'Contoso', consentedBy: `Alex Admin (admin@${contoso.domain})` });
    expect(await fabrikamRow()).toMatchObject({
      name: 'Fabrikam',
      consentedBy: `Alex Admin (admin@${fabrikam.domain})`,
    });
  });

  it('a link that was replaced serves nobody, at any step', async () => {
    const [old, consent] = [on.invitation, await on.consent()];
    const proof = await on.signIn(consent);
    on.invitation = await on.invite();
    before = await on.tenant();
    for (const path of [consent, proof]) await on.expectRefused(await on.back(path), before, /does not work any more/);
    expect((await on.admin.press(old)).status).toBe(400);
    expect((await on.admin.pressAgain()).status).toBe(400);
    await intact();
  });
});

describe('attack: what Microsoft’s answer may carry', () => {
  it('admin_consent=True beside an error counts as the error', async () => {
    const path = withParameters(await on.consent(), { error: 'access_denied', error_description: 'AADSTS65004: no' });
    expect(path).toContain('admin_consent=True');
    await on.expectRefused(await on.back(path), before, /You chose not to accept/);
    await intact();
  });

  it('a code beside an error counts as the error', async () => {
    const path = withParameters(await on.prove(), { error: 'access_denied', error_description: 'AADSTS53003: no' });
    await on.expectRefused(await on.back(path), before, /Conditional Access/);
    await intact();
  });

  it.each(['/consent/callback', '/signin/callback'])(
    '%s with an error but no state says nothing of it',
    async (path) => {
      const answer = await on.back(`${path}?error=access_denied&error_description=AADSTS65004%3A+call+555-0100`);
      await on.expectRefused(answer, before, /start again/);
      expect(answer.text).not.toMatch(/65004|555-0100|access_denied/);
    },
  );

  it.each(['consent', 'prove'] as const)('script in every parameter (%s) appears nowhere', async (step) => {
    const script = '"\'><script>alert(1)</script>{{7*7}}';
    const parameters = ['tenant', 'admin_consent', 'code', 'error', 'error_description', 'error_subcode', 'x'];
    const path = withParameters(
      await on[step](),
      Object.fromEntries(parameters.map((name) => [name, `AADSTS1: ${script}`])),
    );
    const answer = await on.back(path);
    await on.expectRefused(answer, before, /open the link again/);
    expect(answer.text).not.toMatch(/alert|7\*7/);
    expect(answer.log.join()).not.toContain('alert');
  });
});
