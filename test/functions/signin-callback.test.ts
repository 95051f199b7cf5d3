import { describe, expect, it } from 'vitest';

import { consentDone } from '../../functions/consent-done.ts';
import { sha256 } from '../../shared/hash.ts';
import { createStores } from '../../shared/state/stores.ts';
import { clientId, clientSecret, contoso } from '../support/relay-environment.ts';
import { expectDone, expectSignIn, opens, stateOf, useConsentFixture, withParameters } from './consent-fixture.ts';

const on = useConsentFixture();

const done = () => on.admin.open(consentDone, '/consent/done');
const history = () => createStores(on.environment.tables).history.ofTenant(contoso.tenantId, 100);
const alex = `Alex Admin (admin@${contoso.domain})`;

describe('a proven consent', () => {
  it('makes the tenant active, says who gave it, and uses the invitation up', async () => {
    const started = Date.now();
    const path = await on.prove();
    const answer = await on.back(path);
    expectDone(answer);
    const after = await on.tenant();
    expect(after).toMatchObject({ state: 'active', name: 'Contoso', invitationHash: undefined, consentedBy: alex });
    expect(after.consentedAt).toBeGreaterThanOrEqual(started);
    expect((await history())[0]).toMatchObject({ what: 'Consent confirmed.', by: alex });
    expect(await opens(on.invitation)).toBe(false);
    expect(answer.log.join()).not.toContain(stateOf(path));
    expect(answer.log.join()).not.toContain(new URLSearchParams(path.split('?')[1]).get('code'));
    const closing = await done();
    expect(closing.status).toBe(200);
    expect(closing.text).toContain(alex);
  });

  it('is done once, however often the same browser comes back', async () => {
    const path = await on.prove();
    await on.back(path);
    const before = await on.tenant();
    const entries = (await history()).length;
    on.environment.simulator.clearRequests();
    for (let times = 0; times < 3; times += 1) expectDone(await on.back(path));
    expect(await on.tenant()).toEqual(before);
    expect(await history()).toHaveLength(entries);
    expect(on.environment.simulator.requests()).toEqual([]);
  });

  it('is done once when the same callback comes several times at the same moment', async () => {
    const entries = (await history()).length;
    const path = await on.prove();
    const answers = await Promise.all([on.back(path), on.back(path), on.back(path)]);
    // Whoever came second meanwhile may be sent to sign in again: the code was spent, and nothing was written yet.
    const ends = answers.map((answer) => new URL(answer.headers.get('location') ?? '').pathname);
    expect(ends).toContain('/consent/done');
    for (const end of ends) expect(['/consent/done', `/${contoso.tenantId}/oauth2/v2.0/authorize`]).toContain(end);
    expectDone(await on.back(path));
    expect(await on.tenant()).toMatchObject({ state: 'active', invitationHash: undefined });
    expect(await history()).toHaveLength(entries + 1);
  });

  it('does not come back to life by an old callback, refreshed', async () => {
    const path = await on.prove();
    await on.back(path);
    await on.change({ state: 'consent-withdrawn' });
    const before = await on.tenant();
    expectDone(await on.back(path));
    expect(await on.tenant()).toEqual(before);
  });

  it('leaves a paused tenant paused, with where it goes on when it is resumed', async () => {
    await on.change({ state: 'paused', pausedFrom: 'consent-withdrawn' });
    expectDone(await on.back(await on.prove()));
    const after = await on.tenant();
    expect(after).toMatchObject({ state: 'paused', pausedFrom: 'waiting', invitationHash: undefined });
    await on.change({ pausedFrom: undefined });
  });

  it.each(['active', 'consent-withdrawn', 'permission-missing', 'app-disabled', 'audit-off', 'gone'] as const)(
    'may be given again by a new link when the tenant is %s',
    async (state) => {
      await on.change({ state, consentedAt: Date.now() - 86_400_000, consentedBy: 'Somebody else' });
      expectDone(await on.back(await on.prove()));
      expect(await on.tenant()).toMatchObject({ state: 'active', name: 'Contoso', consentedBy: alex });
    },
  );
});

describe('our own token', () => {
  it.each([
    ['active', undefined],
    ['paused', 'active'],
  ] as const)(
    'that cannot be had at the moment does not leave the link open where the tenant is %s',
    async (state, pausedFrom) => {
      await on.change({ state, pausedFrom, consentedAt: Date.now() - 86_400_000 });
      const proof = await on.prove();
      on.environment.simulator.switches.set('token-refused', { code: 90033 });
      expectDone(await on.back(proof));
      expect(await on.tenant()).toMatchObject({ state, invitationHash: undefined, consentedBy: alex });
      expect(await opens(on.invitation)).toBe(false);
      await on.change({ pausedFrom: undefined });
    },
  );

  it('is waited for while Microsoft has not applied the consent, and the link still works', async () => {
    on.environment.simulator.switches.set('roles-delay', 3600);
    expectDone(await on.back(await on.prove()));
    const after = await on.tenant();
    expect(after.state).toBe('waiting');
    expect(after.invitationHash).toBeDefined();
    // Seconds count now: the lister asks again soon.
    expect(after.nextCheckAt ?? 0).toBeLessThan(Date.now() + 60_000);
    expect(await opens(on.invitation)).toBe(true);
    expect((await done()).text).toContain('Microsoft does not show us the consent yet');
  });

  it('is waited for when nobody consented at all: redirect and sign-in alone make nobody active', async () => {
    const path = await on.consent();
    on.environment.simulator.withdraw(contoso.tenantId, clientId);
    expectDone(await on.back(await on.signIn(path)));
    expect((await on.tenant()).state).toBe('waiting');
    expect(await opens(on.invitation)).toBe(true);
    const { text } = await done();
    expect(text).toContain(`Confirmed by ${alex}`);
    expect(text).not.toMatch(/can now read|given by/);
  });
});

describe('a sign-in that fails', () => {
  it('can be cancelled: nothing is bound, and the same link works again', async () => {
    const before = await on.tenant();
    const path = await on.signIn(await on.consent(), 'cancel');
    await on.expectRefused(
      await on.back(path),
      before,
      /You chose not to sign in.*What you accepted at Microsoft stands there.*choose Delete/s,
    );
    const noted = await history();
    expect(noted[0]).toMatchObject({ what: expect.stringContaining('nobody signed in to confirm it') as string });
    const answer = await on.back(path);
    await on.expectRefused(answer, before, /open the same link again/);
    expect(answer.text).not.toContain('nothing was granted');
    expect(await history()).toEqual(noted);
    expect(answer.text).toContain('href="/consent/start"');
    expect((await done()).status).toBe(400);
    expect((await on.admin.pressAgain()).status).toBe(303);
    expectDone(await on.back(await on.prove()));
    expect((await on.tenant()).state).toBe('active');
  });

  it.each([
    [53003, /AADSTS53003.*meet its conditions/s],
    [50076, /AADSTS50076.*second factor/s],
    [50105, /AADSTS50105.*assign yourself/s],
    [65001, /AADSTS65001.*wait a minute/s],
    [1234567, /AADSTS1234567/],
  ])('with AADSTS%i says what to do, and the same link works again', async (code, words) => {
    const before = await on.tenant();
    on.environment.simulator.switches.set('sign-in-refused', { code, as: 'redirect' });
    await on.expectRefused(await on.back(await on.signIn(await on.consent())), before, words);
    on.environment.simulator.switches.reset();
    expectDone(await on.back(await on.prove()));
  });

  it.each([
    ['no code', { code: undefined }],
    ['an empty code', { code: '' }],
    ['a made-up code', { code: 'M.C1_made_up' }],
    ['an endless code', { code: 'x'.repeat(10_000) }],
  ])('is refused with %s', async (_, parameters) => {
    const before = await on.tenant();
    const path = withParameters(await on.prove(), parameters);
    await on.expectRefused(await on.back(path), before, /Microsoft did not confirm who you are/);
    expect(await opens(on.invitation)).toBe(true);
  });

  it('for want of our own credential blames nobody else, and is told to the operator', async () => {
    const path = await on.prove();
    const before = await on.tenant();
    on.environment.simulator.setClientSecret(clientId, 'another-secret');
    const answer = await on.back(path);
    await on.expectRefused(answer, before, /nothing that you can do about it \(AADSTS7000215\)/);
    expect(answer.log.join()).toContain('"event":"consent-misconfigured"');
    expect(answer.log.join()).not.toContain(clientSecret);
  });

  it('for want of an answer is tried again by a refresh', async () => {
    const path = await on.prove();
    const before = await on.tenant();
    on.environment.simulator.switches.set('code-refused', { status: 503, as: 'page', times: 1 });
    await on.expectRefused(await on.back(path), before, /refresh this page/);
    expectDone(await on.back(path));
    expect((await on.tenant()).state).toBe('active');
  });

  it('because the code was spent before leads to the sign-in again, and that one counts', async () => {
    const path = await on.prove();
    on.environment.simulator.switches.set('code-refused', { code: 54005, times: 1 });
    expectSignIn(await on.back(path));
    expect((await on.tenant()).state).toBe('invited');
    expectDone(await on.back(await on.prove()));
  });

  it('is over after 15 minutes', async () => {
    const path = await on.prove();
    const stored = await on.environment.consents.state(sha256(stateOf(path)), Date.now());
    if (stored === undefined) throw new Error('not there');
    await on.environment.consents.replaceState({ ...stored.value, expires: Date.now() - 1 }, stored.etag);
    await on.expectRefused(await on.back(path), await on.tenant(), /has expired/);
  });
});
