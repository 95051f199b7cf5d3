import { afterAll, beforeAll, beforeEach, expect } from 'vitest';

import { apiTenantInvitation } from '../../functions/api-tenant-invitation.ts';
import { apiTenants } from '../../functions/api-tenants.ts';
import { consentCallback } from '../../functions/consent-callback.ts';
import { consentStart } from '../../functions/consent-start.ts';
import { signinCallback } from '../../functions/signin-callback.ts';
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

/** One customer's administrator before consent, with everything around them. */
export interface ConsentFixture {
  readonly environment: RelayEnvironment;
  /** The newest invitation of Contoso. */
  invitation: string;
  admin: Browser;
  /** Nobody has consented, a new invitation, a new browser, nothing fails. */
  reset(): Promise<void>;
  invite(tenantId?: string): Promise<string>;
  tenant(): Promise<Tenant>;
  change(part: Partial<Tenant>): Promise<void>;
  /** Presses the button and lets Microsoft answer. @returns path and query of our callback */
  consent(answer?: 'accept' | 'cancel', account?: string): Promise<string>;
  /** Goes on from there to the sign-in and lets Microsoft answer again. @returns path and query of the second callback */
  signIn(consentPath: string, answer?: 'accept' | 'cancel', account?: string): Promise<string>;
  /** Both steps. @returns path and query of the second callback */
  prove(): Promise<string>;
  /** Opens either callback. */
  back(path: string, browser?: Browser): Promise<Answer>;
  /** A page with one sentence, and nothing changed. */
  expectRefused(answer: Answer, before: Tenant, words: RegExp): Promise<void>;
}

/** The fixture of a whole file: started before its tests, put back before each, closed after the last. */
export function useConsentFixture(): ConsentFixture {
  const on = {} as ConsentFixture;
  beforeAll(async () => {
    await startConsentFixture({}, on);
  });
  beforeEach(() => on.reset());
  afterAll(() => on.environment.close());
  return on;
}

/**
 * @param change settings other than the usual ones
 * @param fixture what becomes the fixture
 */
export async function startConsentFixture(
  change: Readonly<Record<string, string>> = {},
  fixture = {} as ConsentFixture,
): Promise<ConsentFixture> {
  const environment = await startRelayEnvironment(change);
  const { tenants, simulator, proxy } = environment;
  await postJson(apiTenants, '/api/tenants', { name: 'Contoso', tenant: contoso.tenantId });
  await postJson(apiTenants, '/api/tenants', { name: 'Fabrikam', tenant: fabrikam.tenantId });

  async function stored() {
    const found = await tenants.get(contoso.tenantId);
    if (found === undefined) throw new Error('Contoso is not there.');
    return found;
  }

  return Object.assign(fixture, {
    environment,
    invitation: '',
    admin: createBrowser(),
    async reset() {
      proxy.fate = () => 'answered';
      simulator.switches.reset();
      simulator.setClientSecret(clientId, clientSecret);
      simulator.withdraw(contoso.tenantId, clientId);
      const change = {
        consentedAt: undefined,
        consentedBy: undefined,
        trouble: undefined,
        nextCheckAt: undefined,
        leaving: undefined,
      };
      await fixture.change({ ...change, name: 'Contoso', state: 'invited', addedAt: Date.now() - 60_000 });
      fixture.admin = createBrowser();
      fixture.invitation = await fixture.invite();
    },
    async invite(tenantId = contoso.tenantId) {
      const answer = await postJson(apiTenantInvitation, '/api/tenants/x/invitation', {}, { tenantId });
      return (answer.body as Invited).invitation.url;
    },
    tenant: async () => (await stored()).value,
    async change(part) {
      const { value, etag } = await stored();
      await tenants.replace({ ...value, ...part }, etag);
    },
    async consent(answer = 'accept', account = `admin:${contoso.tenantId}`) {
      const pressed = await fixture.admin.press(fixture.invitation);
      expect(pressed.status).toBe(303);
      return answerOfMicrosoft(pressed.headers.get('location') ?? '', answer, account);
    },
    async signIn(consentPath, answer = 'accept', account = `admin:${contoso.tenantId}`) {
      return answerOfMicrosoft(expectSignIn(await fixture.back(consentPath)), answer, account);
    },
    prove: async () => fixture.signIn(await fixture.consent()),
    back: (path, browser = fixture.admin) =>
      browser.open(path.startsWith('/signin/') ? signinCallback : consentCallback, path),
    async expectRefused(answer, before, words) {
      expect(answer.status).toBe(400);
      expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(answer.text).toMatch(words);
      expect(answer.text).not.toMatch(/<script|at .*\.ts:\d|node_modules/i);
      expect(await fixture.tenant()).toEqual(before);
    },
  } satisfies ConsentFixture);
}

/** Whether the page behind an invitation opens. */
export const opens = async (url: string): Promise<boolean> => (await call(consentStart, { path: url })).status === 200;

export const stateOf = (path: string): string => new URL(path, publicUrl).searchParams.get('state') ?? '';

/** The same address with parameters changed, or left out (`undefined`). */
export function withParameters(path: string, parameters: Readonly<Record<string, string | undefined>>): string {
  const url = new URL(path, publicUrl);
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  return `${url.pathname}${url.search}`;
}

/** Leads on to Microsoft's sign-in of Contoso. @returns its address */
export function expectSignIn(answer: Answer): string {
  expect(answer.status).toBe(303);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  const location = answer.headers.get('location') ?? '';
  expect(new URL(location).pathname).toBe(`/${contoso.tenantId}/oauth2/v2.0/authorize`);
  return location;
}

export function expectDone(answer: Answer): void {
  expect(answer.status).toBe(303);
  expect(answer.headers.get('location')).toBe(`${publicUrl}/consent/done`);
  expect(answer.headers.get('cache-control')).toBe('no-store');
}
