import { beforeAll, expect, test } from 'vitest';

import type { Simulator } from '../../local/simulator/simulator.ts';
import { expectDone, opens, useConsentFixture } from '../functions/consent-fixture.ts';
import { contoso, fabrikam, homeTenantId } from '../support/relay-environment.ts';

// What goes wrong between a person and Microsoft never binds a tenant, and the same link leads further afterwards.

const on = useConsentFixture();
let simulator: Simulator;
beforeAll(() => {
  ({ simulator } = on.environment);
});

const goesOn = async (): Promise<void> => {
  simulator.switches.reset();
  expect(await opens(on.invitation)).toBe(true);
  expectDone(await on.back(await on.prove()));
  expect((await on.tenant()).state).toBe('active');
};

test.each([
  [53003, /Conditional Access/],
  [65004, /chose not to accept/],
  [90095, /administrator/],
  [650052, /AADSTS650052/],
  [50011, /AADSTS50011/],
  [999999, /AADSTS999999/],
])('AADSTS%i instead of consent (4.5)', async (code, words) => {
  simulator.switches.set('consent-refused', { code, text: 'Words of <b>a stranger</b>.' });
  const before = await on.tenant();
  const answer = await on.back(await on.consent());
  await on.expectRefused(answer, before, words);
  expect(answer.text).not.toContain('a stranger');
  await goesOn();
});

test.each([
  [53003, /Conditional Access/],
  [50105, /AADSTS50105/],
  [50020, /AADSTS50020/],
  [500208, /personal/],
  [999999, /AADSTS999999/],
])('AADSTS%i instead of the sign-in after consent (4.5)', async (code, words) => {
  const path = await on.consent();
  simulator.switches.set('sign-in-refused', { code, as: 'redirect', text: 'Words of <b>a stranger</b>.' });
  const before = await on.tenant();
  const answer = await on.back(await on.signIn(path));
  await on.expectRefused(answer, before, words);
  expect(answer.text).not.toContain('a stranger');
  await goesOn();
});

test.each(['consent-refused', 'sign-in-refused'] as const)(
  '%s on a page of Microsoft that leads nowhere',
  async (name) => {
    const before = await on.tenant();
    simulator.switches.set(name, { code: 700016, as: 'page' });
    await expect(on.prove()).rejects.toThrow('leads nowhere');
    expect(await on.tenant()).toEqual(before);
    await goesOn();
  },
);

test.each([
  ['a passing fault of Microsoft', { as: 'page', status: 503 }],
  ['our secret, which has expired', { code: 7000222, error: 'invalid_client', status: 401 }],
  ['a policy', { code: 53003, error: 'interaction_required' }],
] as const)('a code that cannot be redeemed because of %s (4.5)', async (_title, value) => {
  const path = await on.prove();
  const before = await on.tenant();
  simulator.switches.set('code-refused', value);
  const answer = await on.back(path);
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(answer.text).not.toMatch(/eyJ|<script|\.ts:\d/);
  expect(await on.tenant()).toEqual(before);
  await goesOn();
});

test.each([
  ['another tenant', { tid: fabrikam.tenantId }],
  ['a personal account', { tid: '9188040d-6c67-4c5b-b112-36a304b66dad' }],
  ['the operators, with their role', { tid: homeTenantId, roles: ['Operator'] }],
  ['another issuer', { iss: `https://login.microsoftonline.us/${contoso.tenantId}/v2.0` }],
  ['another app', { aud: homeTenantId }],
  ['another sign-in', { nonce: 'another' }],
  ['long ago', { exp: 1 }],
  ['nobody', 'none'],
] as const)('an ID token of %s proves nothing (4.8)', async (_title, forged) => {
  simulator.switches.set('forged-id-token', forged);
  const path = await on.prove();
  const before = await on.tenant();
  const answer = await on.back(path);
  await on.expectRefused(answer, before, /<h1/);
  await goesOn();
});
