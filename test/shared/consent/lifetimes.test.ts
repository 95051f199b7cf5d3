import { beforeEach, describe, expect, it } from 'vitest';

import type { BrowserSecret } from '../../../shared/consent/browser-secret.ts';
import { consentedTenant } from '../../../shared/consent/consented-tenant.ts';
import { finishConsent } from '../../../shared/consent/finish-consent.ts';
import { invitedTenant } from '../../../shared/consent/invited-tenant.ts';
import { startConsent } from '../../../shared/consent/start-consent.ts';
import { EntraError } from '../../../shared/entra/entra-error.ts';
import type { TokenSource } from '../../../shared/entra/token-source.ts';
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
    settings: parseSettings({ ...goodSettings(), INVITATION_DAYS: '2' }),
    tokens,
    resolveTenant: () => Promise.reject(new Error('not asked for here')),
    signIn: {
      location: () => Promise.reject(new Error('not asked for here')),
      redeem: () => Promise.reject(new Error('not asked for here')),
    },
  };
  const invitation = await createInvitation(relay, tenantId);
  secret = new URL(invitation.url).searchParams.get('invite') ?? '';
  await pipeline.tenants.insert(
    activeTenant({ state: 'invited', consentedAt: undefined, invitationHash: invitation.hash }),
  );
});

const finish = (browser: BrowserSecret) =>
  finishConsent(
    relay,
    { state: browser.state, tenant: tenantId, adminConsent: 'True', error: undefined, errorDescription: undefined },
    browser,
  );
const tenant = async () => (await pipeline.tenants.get(tenantId))?.value;

describe('an invitation', () => {
  it('is good until it expires, however often it is looked up', async () => {
    pipeline.clock.advance(2 * day - 1);
    expect((await invitedTenant(relay, secret)).tenant.tenantId).toBe(tenantId);
    expect((await invitedTenant(relay, secret)).tenant.tenantId).toBe(tenantId);
    pipeline.clock.advance(1);
    await expect(invitedTenant(relay, secret)).rejects.toMatchObject({ code: 'invitation_invalid' });
    await expect(startConsent(relay, secret)).rejects.toMatchObject({ code: 'invitation_invalid' });
  });

  it('may run out while Microsoft’s page is open', async () => {
    pipeline.clock.advance(2 * day - 1);
    const { browser } = await startConsent(relay, secret);
    pipeline.clock.advance(60_000);
    await finish(browser);
    expect((await tenant())?.state).toBe('active');
  });

  it('is dead while its tenant is leaving', async () => {
    const stored = await pipeline.tenants.get(tenantId);
    if (stored === undefined) throw new Error('not there');
    await pipeline.tenants.replace({ ...stored.value, state: 'leaving', leaving: 'drop' }, stored.etag);
    await expect(invitedTenant(relay, secret)).rejects.toMatchObject({ code: 'invitation_invalid' });
  });
});

describe('a state', () => {
  it('is good for 15 minutes', async () => {
    const { browser } = await startConsent(relay, secret);
    const late = await startConsent(relay, secret);
    pipeline.clock.advance(15 * 60_000 - 1);
    await finish(browser);
    expect((await tenant())?.state).toBe('active');
    pipeline.clock.advance(1);
    await expect(finish(late.browser)).rejects.toMatchObject({ code: 'state_invalid' });
  });

  it('may be refreshed long after it was used, to no effect', async () => {
    const { browser } = await startConsent(relay, secret);
    await finish(browser);
    const before = await pipeline.tenants.get(tenantId);
    pipeline.clock.advance(day);
    asked = [];
    await finish(browser);
    expect(await pipeline.tenants.get(tenantId)).toEqual(before);
    expect(asked).toEqual([]);
  });
});

describe('the closing page', () => {
  it('is there for an hour after the callback', async () => {
    const { browser } = await startConsent(relay, secret);
    expect(await consentedTenant(relay, browser)).toBeUndefined();
    pipeline.clock.advance(10 * 60_000);
    await finish(browser);
    pipeline.clock.advance(3_600_000);
    expect((await consentedTenant(relay, browser))?.tenantId).toBe(tenantId);
    expect(await consentedTenant(relay, { ...browser, secret: 'another' })).toBeUndefined();
    expect(await consentedTenant(relay, undefined)).toBeUndefined();
    pipeline.clock.advance(1);
    expect(await consentedTenant(relay, browser)).toBeUndefined();
  });
});

describe('proof', () => {
  it('is a token that was asked for anew', async () => {
    await finish((await startConsent(relay, secret)).browser);
    expect(asked).toEqual(['forget', 'token']);
    expect(pipeline.events.map(({ event }) => event)).toContain('consent-given');
  });

  it.each(['roles-missing', 'consent-missing', 'unreachable', 'credential-refused', 'rejected'] as const)(
    'is still to come when a token fails with %s: the link stays good',
    async (kind) => {
      tokenFails = new EntraError('No token.', { kind });
      await finish((await startConsent(relay, secret)).browser);
      expect(await tenant()).toMatchObject({ state: 'waiting', consentedAt: pipeline.clock.now() });
      expect((await invitedTenant(relay, secret)).tenant.state).toBe('waiting');
      tokenFails = undefined;
      pipeline.clock.advance(60_000);
      await finish((await startConsent(relay, secret)).browser);
      expect(await tenant()).toMatchObject({ state: 'active', invitationHash: undefined, trouble: undefined });
    },
  );

  it('keeps a tenant active that was, while a token fails', async () => {
    const stored = await pipeline.tenants.get(tenantId);
    if (stored === undefined) throw new Error('not there');
    await pipeline.tenants.replace({ ...stored.value, state: 'active' }, stored.etag);
    tokenFails = new EntraError('No token.', { kind: 'unreachable' });
    await finish((await startConsent(relay, secret)).browser);
    expect((await tenant())?.state).toBe('active');
  });

  it('does not hide a fault of our own', async () => {
    tokenFails = new TypeError('a fault');
    const { browser } = await startConsent(relay, secret);
    await expect(finish(browser)).rejects.toThrow('a fault');
    expect((await tenant())?.state).toBe('invited');
  });
});
