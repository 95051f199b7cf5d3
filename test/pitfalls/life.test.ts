import { describe, expect, test } from 'vitest';

import { afterConsent } from '../../shared/pipeline/tenant-trouble.ts';
import { changeTenant } from '../../shared/tenants/change-tenant.ts';
import { checkNow } from '../../shared/tenants/check-now.ts';
import { nextStep } from '../../shared/tenants/next-step.ts';
import { clientId, hour, minute, neighbour, type PitfallRelay, sibling, startRelay, troubled } from './relay.ts';

const { tenantId } = troubled;

const stepOf = async (relay: PitfallRelay): Promise<string> =>
  nextStep(
    await relay.tenant(troubled),
    [await relay.standing(troubled), await relay.standing(sibling)],
    relay.clock.now(),
  );

const told = async (relay: PitfallRelay): Promise<string[]> =>
  (await relay.pipeline.history.ofTenant(tenantId, 100)).map(({ what }) => what);

/** Until the token that the relay has is no good any more. */
const outliveToken = (relay: PitfallRelay): void => {
  relay.clock.advance(hour + minute);
};

/** What the page of the administrator does when consent is proven. */
async function consentAgain({ simulator, pipeline, clock }: PitfallRelay): Promise<void> {
  simulator.consent(tenantId, clientId);
  const stored = await pipeline.tenants.get(tenantId);
  if (stored === undefined) throw new Error('The tenant is gone.');
  await pipeline.tenants.replace(afterConsent(stored.value, { at: clock.now(), by: 'Kim' }), stored.etag);
}

const { active, withdrawn } = { active: '"active"', withdrawn: '"consent withdrawn"' };

describe('consent that was narrowed', () => {
  test('to four types is noticed with the next token, stops DLP alone, and heals in minutes when it is given again', async () => {
    const relay = await startRelay();
    await relay.settled();
    relay.simulator.consent(tenantId, clientId, ['ActivityFeed.Read', 'ServiceHealth.Read']);
    outliveToken(relay);
    relay.offer(troubled);
    await relay.cycles(3);
    await relay.expectWhole(troubled, neighbour);
    expect(await relay.tenant(troubled)).toMatchObject({ state: 'active', missingRoles: ['ActivityFeed.ReadDlp'] });
    expect(await relay.standing(sibling)).toMatchObject({ state: 'permission-missing' });
    expect(await stepOf(relay)).toMatch(/^ActivityFeed\.ReadDlp is missing: .* Or switch off DLP\.All\.$/);

    relay.simulator.consent(tenantId, clientId);
    relay.offer(sibling);
    await relay.settled(5);
    await relay.expectWhole(troubled, sibling, neighbour);
    expect((await relay.tenant(troubled)).missingRoles).toBeUndefined();
    expect(await stepOf(relay)).toMatch(/^Nothing to do/);
    expect(relay.asked('start', troubled)).toBe(2);
  });

  test('is noticed within two cycles where the API refuses a type, although the old token has the role', async () => {
    const relay = await startRelay();
    await relay.settled();
    relay.simulator.consent(tenantId, clientId, ['ActivityFeed.Read', 'ServiceHealth.Read']);
    relay.set('refusal', { status: 401, code: 'AF10001' }, sibling);
    await relay.cycles(2);
    expect(await relay.tenant(troubled)).toMatchObject({ state: 'active', missingRoles: ['ActivityFeed.ReadDlp'] });
    expect(await relay.standing(sibling)).toMatchObject({ state: 'permission-missing' });
  });

  test('from the beginning lets the four types run, and DLP can be switched off', async () => {
    const relay = await startRelay();
    relay.simulator.consent(tenantId, clientId, ['ActivityFeed.Read']);
    await relay.cycles(2);
    await relay.expectWhole(troubled, neighbour);
    await changeTenant(relay.pipeline, tenantId, { contentTypes: [troubled.contentType] }, 'Alex');
    await relay.cycles(1);
    expect(await stepOf(relay)).toMatch(/^Nothing to do/);
    expect(await relay.standing(sibling)).toMatchObject({ state: 'stopped', lagSeconds: undefined });
    expect(relay.asked('start', troubled)).toBe(1);
  });

  test('to nothing stops the tenant, names every role, and heals by itself', async () => {
    const relay = await startRelay();
    await relay.settled();
    relay.simulator.consent(tenantId, clientId, []);
    outliveToken(relay);
    await relay.cycles(20);
    expect((await relay.tenant(troubled)).state).toBe('permission-missing');
    expect(await stepOf(relay)).toMatch(/^ActivityFeed\.Read and ActivityFeed\.ReadDlp are missing: send/);
    relay.simulator.consent(tenantId, clientId);
    relay.offer(troubled);
    await relay.settled(60);
    expect((await relay.tenant(troubled)).state).toBe('active');
    await relay.expectWhole(troubled, sibling, neighbour);
  });
});

test('consent that was withdrawn is noticed after half an hour, and once given again records flow in the next cycle', async () => {
  const relay = await startRelay();
  await relay.settled();
  relay.simulator.withdraw(tenantId, clientId);
  outliveToken(relay);
  await relay.cycles(10);
  expect((await relay.tenant(troubled)).state).toBe('active');
  await relay.cycles(10);
  expect((await relay.tenant(troubled)).state).toBe('consent-withdrawn');
  await relay.cycles(60);
  const before = relay.asked('token', troubled);
  await relay.cycles(20);
  expect(relay.asked('token', troubled) - before).toBeLessThanOrEqual(2);

  await consentAgain(relay);
  expect((await relay.tenant(troubled)).state).toBe('waiting');
  relay.offer(troubled);
  relay.offer(sibling);
  await relay.settled(3);
  expect(await relay.tenant(troubled)).toMatchObject({ state: 'active', consentedBy: 'Kim', checkAskedAt: undefined });
  await relay.expectWhole(troubled, sibling, neighbour);
  expect((await told(relay)).filter((what) => what.startsWith('From'))).toEqual([
    `From "waiting for Microsoft" to ${active}.`,
    expect.stringMatching(new RegExp(`^From ${active} to ${withdrawn}\\. .*AADSTS`)) as string,
  ]);
});

test('consent that takes Microsoft a while is waited for with growing pauses, and then records flow', async () => {
  const relay = await startRelay();
  relay.set('roles-delay', 1200);
  await consentAgain(relay);
  const { value, etag } = (await relay.pipeline.tenants.get(tenantId)) ?? {};
  if (value && etag) await relay.pipeline.tenants.replace({ ...value, state: 'waiting' }, etag);
  await relay.cycles(9);
  expect((await relay.tenant(troubled)).state).toBe('waiting');
  expect(await stepOf(relay)).toMatch(/^Nothing to do: Microsoft is applying the consent/);
  // 5 s, 10 s ... as far as cycles of two minutes allow.
  expect(relay.asked('token', troubled)).toBeLessThanOrEqual(8);
  await relay.settled(30);
  expect((await relay.tenant(troubled)).state).toBe('active');
  await relay.expectWhole(troubled, sibling, neighbour);
});

test('an audit log that is off names the switch, and once it is on a check finds that at once', async () => {
  const relay = await startRelay();
  relay.set('audit-off', true);
  await relay.cycles(35);
  expect((await relay.tenant(troubled)).state).toBe('audit-off');
  expect(await stepOf(relay)).toMatch(
    /Start recording.*Set-AdminAuditLogConfig -UnifiedAuditLogIngestionEnabled \$true/,
  );
  relay.set('audit-off', false);
  await relay.cycles(1);
  expect((await relay.tenant(troubled)).state).toBe('audit-off');
  await checkNow(relay.pipeline, tenantId, 'Alex');
  await relay.settled(10);
  expect((await relay.tenant(troubled)).state).toBe('active');
  await relay.expectWhole(troubled, sibling, neighbour);
});

test('an app that the customer disabled says so, and once it is enabled a check finds that at once', async () => {
  const relay = await startRelay();
  await relay.settled();
  relay.set('app-disabled', true);
  outliveToken(relay);
  await relay.cycles(20);
  expect((await relay.tenant(troubled)).state).toBe('app-disabled');
  expect(await stepOf(relay)).toMatch(/"Enabled for users to sign-in"/);
  relay.set('app-disabled', false);
  relay.offer(troubled);
  await checkNow(relay.pipeline, tenantId, 'Alex');
  await relay.settled(2);
  expect((await relay.tenant(troubled)).state).toBe('active');
  await relay.expectWhole(troubled, sibling, neighbour);
});

test('a check does not wait for the pause of a token without roles', async () => {
  const relay = await startRelay();
  relay.set('missing-roles', ['ActivityFeed.ReadDlp']);
  await relay.cycles(40);
  relay.set('missing-roles', []);
  await checkNow(relay.pipeline, tenantId, 'Alex');
  await relay.cycles(1);
  expect(await relay.standing(sibling)).toMatchObject({ state: 'active' });
  await relay.settled(10);
  await relay.expectWhole(troubled, sibling, neighbour);
});

describe('a tenant that is paused', () => {
  test('is asked for nothing, and made good when it is resumed', async () => {
    const relay = await startRelay();
    await relay.settled();
    await changeTenant(relay.pipeline, tenantId, { paused: true }, 'Alex');
    relay.offer(troubled);
    const before = relay.simulator.requests().filter((each) => each.tenantId === tenantId).length;
    await relay.cycles(10);
    expect(relay.simulator.requests().filter((each) => each.tenantId === tenantId)).toHaveLength(before);
    await changeTenant(relay.pipeline, tenantId, { paused: false }, 'Alex');
    await relay.settled(15);
    await relay.expectWhole(troubled, sibling, neighbour);
  });

  test('has nothing fetched that was listed before', async () => {
    const relay = await startRelay();
    await relay.settled();
    relay.set('internal-error', { operations: ['fetch'] });
    relay.offer(troubled);
    await relay.cycles(2);
    await changeTenant(relay.pipeline, tenantId, { paused: true }, 'Alex');
    relay.simulator.switches.reset();
    const before = relay.asked('fetch', troubled);
    await relay.cycles(10);
    expect(relay.asked('fetch', troubled)).toBe(before);
    await changeTenant(relay.pipeline, tenantId, { paused: false }, 'Alex');
    await relay.settled(15);
    await relay.expectWhole(troubled, sibling, neighbour);
  });
});

test('a content type that is switched off delivers what is open, then is stopped at Microsoft, and goes on when it is switched on', async () => {
  const relay = await startRelay();
  await relay.settled();
  relay.offer(sibling);
  await changeTenant(relay.pipeline, tenantId, { contentTypes: [troubled.contentType] }, 'Alex');
  relay.offer(troubled);
  await relay.cycles(6);
  expect(relay.asked('stop', troubled)).toBe(1);
  await relay.expectWhole(troubled, neighbour);
  expect(await relay.standing(sibling)).toMatchObject({ state: 'stopped', lagReason: undefined });
  relay.clock.advance(30 * minute);
  await changeTenant(relay.pipeline, tenantId, { contentTypes: [troubled.contentType, sibling.contentType] }, 'Alex');
  await relay.settled(10);
  await relay.expectWhole(troubled, sibling, neighbour);
});
