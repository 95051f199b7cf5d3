import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { consentDone } from '../../functions/consent-done.ts';
import { clientId, clientSecret, contoso, fabrikam } from '../support/relay-environment.ts';
import {
  type ConsentFixture,
  expectDone,
  opens,
  startConsentFixture,
  stateOf,
  withParameters,
} from './consent-fixture.ts';

let on: ConsentFixture;
beforeAll(async () => {
  on = await startConsentFixture();
});
beforeEach(() => on.reset());
afterAll(() => on.environment.close());

describe('consent given', () => {
  it('makes the tenant active and uses the invitation up', async () => {
    const path = await on.consent();
    const started = Date.now();
    const answer = await on.back(path);
    expectDone(answer);
    const after = await on.tenant();
    expect(after).toMatchObject({ state: 'active', name: 'Contoso', invitationHash: undefined });
    expect(after.consentedAt).toBeGreaterThanOrEqual(started);
    expect(await opens(on.invitation)).toBe(false);
    expect(answer.log.join()).not.toContain(stateOf(path));
    expect((await on.admin.open(consentDone, '/consent/done')).status).toBe(200);
  });

  it('is done once, however often the same browser comes back', async () => {
    const path = await on.consent();
    await on.back(path);
    const before = await on.tenant();
    on.environment.simulator.clearRequests();
    for (let times = 0; times < 3; times += 1) expectDone(await on.back(path));
    expect(await on.tenant()).toEqual(before);
    expect(on.environment.simulator.requests()).toEqual([]);
  });

  it('is done once when the same callback comes twice at the same moment', async () => {
    const path = await on.consent();
    for (const answer of await Promise.all([on.back(path), on.back(path), on.back(path)])) expectDone(answer);
    expect(await on.tenant()).toMatchObject({ state: 'active', invitationHash: undefined });
  });

  it('does not come back to life by an old callback, refreshed', async () => {
    const path = await on.consent();
    await on.back(path);
    await on.change({ state: 'consent-withdrawn' });
    const before = await on.tenant();
    expectDone(await on.back(path));
    expect(await on.tenant()).toEqual(before);
  });

  it('leaves a paused tenant paused', async () => {
    await on.change({ state: 'paused' });
    expectDone(await on.back(await on.consent()));
    expect(await on.tenant()).toMatchObject({ state: 'paused', invitationHash: undefined });
  });

  it('takes a tenant ID in upper case', async () => {
    expectDone(await on.back(withParameters(await on.consent(), { tenant: contoso.tenantId.toUpperCase() })));
    expect((await on.tenant()).state).toBe('active');
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

  it('names the code of an error, and none of its text', async () => {
    const before = await on.tenant();
    const description = 'AADSTS90094: <img src=x onerror=alert(1)> call 555-0100';
    const answer = await on.back(withParameters(await on.consent(), { error: '<b>x', error_description: description }));
    await on.expectRefused(answer, before, /\(AADSTS90094\)/);
    expect(answer.text).not.toMatch(/<img|<b>|555-0100|onerror/);
  });

  it('can be no: the same link works again', async () => {
    const before = await on.tenant();
    const declined = await on.consent('cancel');
    expect(declined).toContain('admin_consent=True');
    await on.expectRefused(await on.back(declined), before, /You chose not to accept/);
    await on.expectRefused(await on.back(declined), before, /You chose not to accept/);
    expectDone(await on.back(await on.consent()));
    expect((await on.tenant()).state).toBe('active');
  });

  it('can be that the person is no administrator', async () => {
    const before = await on.tenant();
    const answer = await on.back(await on.consent('accept', `user:${contoso.tenantId}`));
    await on.expectRefused(answer, before, /AADSTS90094.*sign in as an administrator/s);
  });
});

describe('proof', () => {
  it('waits while Microsoft has not applied the consent, and the link still works', async () => {
    on.environment.simulator.switches.set('roles-delay', 3600);
    const answer = await on.back(await on.consent());
    expectDone(answer);
    const after = await on.tenant();
    expect(after.state).toBe('waiting');
    expect(after.invitationHash).toBeDefined();
    // Seconds count now: the lister asks again soon.
    expect(after.nextCheckAt ?? 0).toBeLessThan(Date.now() + 60_000);
    expect(await opens(on.invitation)).toBe(true);
    expect((await on.admin.open(consentDone, '/consent/done')).text).toContain('Microsoft is applying your consent');
  });

  it('waits when nobody consented at all: the redirect alone proves nothing', async () => {
    const path = await on.consent();
    on.environment.simulator.withdraw(contoso.tenantId, clientId);
    expectDone(await on.back(path));
    expect((await on.tenant()).state).toBe('waiting');
    expect(await opens(on.invitation)).toBe(true);
  });

  it('waits when our own credential is refused, without blaming the tenant', async () => {
    const path = await on.consent();
    on.environment.simulator.setClientSecret(clientId, 'another-secret');
    const answer = await on.back(path);
    expectDone(answer);
    expect(await on.tenant()).toMatchObject({ state: 'waiting', trouble: undefined, nextCheckAt: undefined });
    expect(answer.log.join()).toContain('credential-refused');
    expect(answer.log.join()).not.toContain(clientSecret);
  });
});
