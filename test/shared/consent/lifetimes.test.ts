import { beforeEach, describe, expect, it } from 'vitest';

import { bindTenant } from '../../../shared/consent/bind-tenant.ts';
import type { BrowserSecret } from '../../../shared/consent/browser-secret.ts';
import { consentedTenant } from '../../../shared/consent/consented-tenant.ts';
import { finishConsent } from '../../../shared/consent/finish-consent.ts';
import { finishSignIn } from '../../../shared/consent/finish-sign-in.ts';
import { invitedTenant } from '../../../shared/consent/invited-tenant.ts';
import { startConsent } from '../../../shared/consent/start-consent.ts';
import { EntraError } from '../../../shared/entra/entra-error.ts';
import type { TokenSource } from '../../../shared/entra/token-source.ts';
import { systemRandom } from '../../../shared/random.ts';
import type { Relay } from '../../../shared/relay.ts';
import { parseSettings } from '../../../shared/settings/parse-settings.ts';
import { createInvitation } from '../../../shared/tenants/invite.ts';
import { goodSettings } from '../../support/relay-environment.ts';
import { activeTenant, createTestPipeline, type TestPipeline, tenantId } from '../../support/test-pipeline.ts';

const day = 86_400_000;

let pipeline: TestPipeline;
let relay: Relay;
let secret: string;
let tokenFails: Error | undefined;
let asked: string[];

beforeEach(async () => {
  pipeline = createTestPipeline();
  tokenFails = undefined;
  asked = [];
  const tokens: TokenSource = {
    token() {
      asked.push('token');
      const token = { value: 'value', roles: ['ActivityFeed.Read'], expires: pipeline.clock.now() + day };
      return tokenFails === undefined ? Promise.resolve(token) : Promise.reject(tokenFails);
    },
    forget: () => asked.push('forget'),
  };
  relay = {
    ...pipeline,
    random: systemRandom,
    settings: parseSettings({ ...goodSettings(), INVITATION_DAYS: '2' }),
    tokens,
    signIn: {
      location: ({ state }) => Promise.resolve(`https://login.example/authorize?state=${state}`),
      redeem: () =>
        Promise.resolve({ tenantId, objectId: 'o', name: 'Alex', username: 'alex@contoso.example', roles: [] }),
    },
    resolveTenant: () => Promise.reject(new Error('not asked for here')),
  };
  const invitation = await createInvitation(relay, tenantId);
  secret = new URL(invitation.url).searchParams.get('invite') ?? '';
  await pipeline.tenants.insert(
    activeTenant({ state: 'invited', consentedAt: undefined, invitationHash: invitation.hash }),
  );
});

const press = () => startConsent(relay, { invite: secret });
const look = () => invitedTenant(relay, { invite: secret });
const cookie = (browser: BrowserSecret) => `__Host-consent=${browser.state}.${browser.secret}`;

/** Back from Microsoft's consent page. @returns the sign-in that this leads to */
const consent = (browser: BrowserSecret) =>
  finishConsent(relay, { state: browser.state, tenant: tenantId, adminConsent: 'True' }, cookie(browser));

/** Back from Microsoft's sign-in page. */
async function prove(browser: BrowserSecret): Promise<void> {
  const finished = await finishSignIn(relay, { state: browser.state, code: 'a-code' }, cookie(browser));
  if (finished.again) throw new Error('The code was spent.');
  await bindTenant(relay, finished.state);
}

/** Both, and what the browser keeps of it. */
async function finish(browser: BrowserSecret): Promise<BrowserSecret> {
  const next = await consent(browser);
  if (next === undefined) return browser;
  await prove(next.browser);
  return next.browser;
}

const tenant = async () => (await pipeline.tenants.get(tenantId))?.value;

describe('an invitation', () => {
  it('is good until it expires, however often it is looked up', async () => {
    pipeline.clock.advance(2 * day - 1);
    expect((await look()).tenant.tenantId).toBe(tenantId);
    expect((await look()).tenant.tenantId).toBe(tenantId);
    pipeline.clock.advance(1);
    await expect(look()).rejects.toMatchObject({ code: 'invitation_invalid' });
    await expect(press()).rejects.toMatchObject({ code: 'invitation_invalid' });
  });

  it('may run out while Microsoft’s page is open', async () => {
    pipeline.clock.advance(2 * day - 1);
    const { browser } = await press();
    pipeline.clock.advance(60_000);
    await finish(browser);
    expect((await tenant())?.state).toBe('active');
  });

  it('is dead while its tenant is leaving', async () => {
    const stored = await pipeline.tenants.get(tenantId);
    if (stored === undefined) throw new Error('not there');
    await pipeline.tenants.replace({ ...stored.value, state: 'leaving', leaving: 'drop' }, stored.etag);
    await expect(look()).rejects.toMatchObject({ code: 'invitation_invalid' });
  });
});

describe('a state', () => {
  it('is good for 15 minutes', async () => {
    const { browser } = await press();
    const late = await press();
    pipeline.clock.advance(15 * 60_000 - 1);
    await finish(browser);
    expect((await tenant())?.state).toBe('active');
    pipeline.clock.advance(1);
    await expect(finish(late.browser)).rejects.toMatchObject({ code: 'state_invalid' });
  });

  it('of the sign-in is good for 15 minutes of its own', async () => {
    const { browser } = await press();
    pipeline.clock.advance(15 * 60_000 - 1);
    const proof = await consent(browser);
    const late = await consent(browser);
    if (proof === undefined || late === undefined) throw new Error('proven already');
    pipeline.clock.advance(15 * 60_000 - 1);
    await prove(proof.browser);
    pipeline.clock.advance(1);
    await expect(prove(late.browser)).rejects.toMatchObject({ code: 'state_invalid' });
  });

  it('leads to a sign-in for an hour after the consent, and no longer', async () => {
    const { browser } = await press();
    await consent(browser);
    pipeline.clock.advance(3_600_000);
    expect(await consent(browser)).toBeDefined();
    pipeline.clock.advance(1);
    await expect(consent(browser)).rejects.toMatchObject({ code: 'state_invalid' });
  });

  it('may be refreshed long after it was used, to no effect', async () => {
    const { browser } = await press();
    const proof = await finish(browser);
    const before = await pipeline.tenants.get(tenantId);
    pipeline.clock.advance(day);
    asked = [];
    await finish(browser);
    await prove(proof);
    expect(await pipeline.tenants.get(tenantId)).toEqual(before);
    expect(asked).toEqual([]);
  });
});

describe('the closing page', () => {
  it('is there for an hour after the callback', async () => {
    const { browser } = await press();
    expect(await consentedTenant(relay, browser)).toBeUndefined();
    pipeline.clock.advance(10 * 60_000);
    const proof = await finish(browser);
    pipeline.clock.advance(3_600_000);
    expect((await consentedTenant(relay, proof))?.tenantId).toBe(tenantId);
    expect(await consentedTenant(relay, browser)).toBeUndefined();
    expect(await consentedTenant(relay, { ...proof, secret: 'another' })).toBeUndefined();
    expect(await consentedTenant(relay, undefined)).toBeUndefined();
    pipeline.clock.advance(1);
    expect(await consentedTenant(relay, proof)).toBeUndefined();
  });
});

describe('proof', () => {
  it('is a token that was asked for anew', async () => {
    await finish((await press()).browser);
    expect(asked).toEqual(['forget', 'token']);
    expect(pipeline.events.map(({ event }) => event)).toContain('consent-given');
  });

  it.each(['roles-missing', 'consent-missing', 'unreachable', 'credential-refused', 'rejected'] as const)(
    'is still to come when a token fails with %s: the link stays good',
    async (kind) => {
      tokenFails = new EntraError('No token.', { kind });
      await finish((await press()).browser);
      expect(await tenant()).toMatchObject({ state: 'waiting', consentedAt: pipeline.clock.now() });
      expect((await look()).tenant.state).toBe('waiting');
      tokenFails = undefined;
      pipeline.clock.advance(60_000);
      await finish((await press()).browser);
      expect(await tenant()).toMatchObject({ state: 'active', invitationHash: undefined, trouble: undefined });
    },
  );

  it('keeps a tenant active that was, while a token fails', async () => {
    const stored = await pipeline.tenants.get(tenantId);
    if (stored === undefined) throw new Error('not there');
    await pipeline.tenants.replace({ ...stored.value, state: 'active' }, stored.etag);
    tokenFails = new EntraError('No token.', { kind: 'unreachable' });
    await finish((await press()).browser);
    expect((await tenant())?.state).toBe('active');
  });

  it('does not hide a fault of our own', async () => {
    tokenFails = new TypeError('a fault');
    const { browser } = await press();
    await expect(finish(browser)).rejects.toThrow('a fault');
    expect((await tenant())?.state).toBe('invited');
  });
});
