import { describe, expect, it } from 'vitest';

import { consentDone } from '../../functions/consent-done.ts';
import { answerOfMicrosoft } from '../support/browser.ts';
import { contoso } from '../support/relay-environment.ts';
import { expectDone, expectSignIn, useConsentFixture } from './consent-fixture.ts';

const on = useConsentFixture();

describe('storage', () => {
  const failing = (fails: (request: string) => boolean): void => {
    on.environment.proxy.fate = (request) => (fails(request) ? 'refused' : 'answered');
  };

  it.each([
    ['before the state is read', (request: string) => request.includes('/consents')],
    ['before the state is used', (request: string) => request.startsWith('PUT') && request.includes('/consents')],
    ['before the tenant is read', (request: string) => request.startsWith('GET') && request.includes('/tenants')],
    ['before the next state is written', (request: string) => request.startsWith('POST')],
  ])('that fails %s at the first callback: a refresh makes it good', async (_, fails) => {
    const path = await on.consent();
    const before = await on.tenant();
    failing(fails);
    expect((await on.back(path)).status).toBe(503);
    expect(await on.tenant()).toEqual(before);
    on.environment.proxy.fate = () => 'answered';
    expectDone(await on.back(await on.signIn(path)));
  });

  it.each([
    ['before the state is read', (request: string) => request.includes('/consents')],
    ['before the tenant is read', (request: string) => request.startsWith('GET') && request.includes('/tenants')],
    ['before the tenant is written', (request: string) => request.startsWith('PUT') && request.includes('/tenants')],
  ])('that fails %s at the second callback: a refresh makes it good', async (_, fails) => {
    const path = await on.prove();
    const before = await on.tenant();
    failing(fails);
    const answer = await on.back(path);
    expect(answer.status).toBe(503);
    expect(answer.text).toContain('Please try again');
    expect(await on.tenant()).toEqual(before);
    on.environment.proxy.fate = () => 'answered';
    expect((await on.admin.open(consentDone, '/consent/done')).status).toBe(400);
    expectDone(await on.back(path));
    expect(await on.tenant()).toMatchObject({ state: 'active', invitationHash: undefined });
    expect((await on.admin.open(consentDone, '/consent/done')).status).toBe(200);
  });

  it('that fails after the code was redeemed: a refresh leads to the sign-in again, which makes it good', async () => {
    const path = await on.prove();
    const before = await on.tenant();
    failing((request) => request.startsWith('PUT') && request.includes('/consents'));
    expect((await on.back(path)).status).toBe(503);
    on.environment.proxy.fate = () => 'answered';
    const again = expectSignIn(await on.back(path));
    expect(await on.tenant()).toEqual(before);
    expectDone(await on.back(await answerOfMicrosoft(again, 'accept', `admin:${contoso.tenantId}`)));
    expect(await on.tenant()).toMatchObject({ state: 'active', invitationHash: undefined });
    expect((await on.admin.open(consentDone, '/consent/done')).status).toBe(200);
  });

  it.each(['/consents', '/tenants'])('that does a write of %s and cannot say so: it is done', async (table) => {
    const path = await on.prove();
    let unheard = false;
    on.environment.proxy.fate = (request) => {
      if (unheard || !request.startsWith('PUT') || !request.includes(table)) return 'answered';
      unheard = true;
      return 'unheard';
    };
    expectDone(await on.back(path));
    expect(unheard).toBe(true);
    expect(await on.tenant()).toMatchObject({ state: 'active', invitationHash: undefined });
  });

  it('that cannot take the note in the history: the consent counts all the same', async () => {
    const path = await on.prove();
    failing((request) => request.includes('/history'));
    expectDone(await on.back(path));
    expect((await on.tenant()).state).toBe('active');
  });

  it('that is written by the lister meanwhile: nothing of it is overwritten', async () => {
    const path = await on.prove();
    let written: Promise<void> | undefined;
    on.environment.proxy.fate = (request) => {
      if (request.startsWith('GET') && request.includes('/tenants') && written === undefined) {
        written = on.change({ name: 'Renamed' });
      }
      return 'answered';
    };
    expectDone(await on.back(path));
    await written;
    expect(await on.tenant()).toMatchObject({ state: 'active', name: 'Renamed' });
    await on.change({ name: 'Contoso' });
  });
});
