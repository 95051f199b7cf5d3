import { describe, expect, test } from 'vitest';

import { createTenantResolver } from '../../shared/entra/create-tenant-resolver.ts';
import { customCloud } from '../../shared/entra/custom-cloud.ts';
import { trust } from '../support/relay-environment.ts';
import { clientId, hour, minute, neighbour, sibling, startRelay, troubled, turned } from './relay.ts';

describe('a token that cannot be had or is worth nothing stops its tenant alone, and is asked for again', () => {
  test.each([
    ['without roles at first, after consent (34)', turned('roles-delay', 600), 'active'],
    [
      'without roles for good (4.7)',
      turned('missing-roles', ['ActivityFeed.Read', 'ActivityFeed.ReadDlp']),
      'permission-missing',
    ],
    ['AADSTS7000112: the customer disabled the app', turned('app-disabled', true), 'app-disabled'],
    [
      'AADSTS7000229: the app is gone',
      turned('token-refused', { code: 7000229, error: 'invalid_client', status: 401 }),
      'consent-withdrawn',
    ],
    [
      'AADSTS700016: the app is unknown',
      turned('token-refused', { code: 700016, error: 'unauthorized_client' }),
      'consent-withdrawn',
    ],
    ['AADSTS90002: the tenant is gone', turned('token-refused', { code: 90002 }), 'gone'],
    ['AADSTS5000224: the tenant is blocked', turned('token-refused', { code: 5000224 }), 'gone'],
    [
      'AADSTS500011: no Office 365 Management APIs',
      turned('token-refused', { code: 500011, error: 'invalid_resource' }),
      'gone',
    ],
    [
      'AADSTS90033: Entra is busy',
      turned('token-refused', { code: 90033, error: 'temporarily_unavailable', status: 503 }),
      'active',
    ],
    ['a code that nobody knows', turned('token-refused', { code: 999999 }), 'active'],
  ] as const)('%s', async (_title, misbehave, state) => {
    const relay = await startRelay();
    misbehave(relay);
    await relay.cycles(5);
    await relay.expectWhole(neighbour);
    expect((await relay.tenant(troubled)).state).toBe('active');
    expect(relay.received(troubled)).toEqual([]);
    await relay.cycles(25);
    expect((await relay.tenant(troubled)).state).toBe(state);
    relay.offer(neighbour);
    await relay.cycles(1);
    await relay.expectWhole(neighbour);

    relay.simulator.switches.reset();
    await relay.settled(90);
    expect((await relay.tenant(troubled)).state).toBe('active');
    await relay.expectWhole(troubled, sibling, neighbour);
  });
});

test('our own credential refused stops everything, changes no tenant, and heals (4.3)', async () => {
  const relay = await startRelay();
  relay.simulator.switches.set('token-refused', { code: 7000222, error: 'invalid_client', status: 401 });
  const before = [await relay.tenant(troubled), await relay.tenant(neighbour)];
  await relay.cycles(40);
  expect([await relay.tenant(troubled), await relay.tenant(neighbour)]).toEqual(before);
  expect([...relay.received(troubled), ...relay.received(neighbour)]).toEqual([]);
  relay.simulator.switches.reset();
  await relay.settled();
  await relay.expectWhole(troubled, sibling, neighbour);
});

test('tokens that last a minute are renewed in time (38)', async () => {
  const relay = await startRelay();
  relay.set('token-lifetime', 60);
  await relay.settled();
  for (let n = 0; n < 5; n += 1) {
    relay.offer(troubled);
    await relay.cycle();
  }
  await relay.settled();
  await relay.expectWhole(troubled, sibling, neighbour);
  expect(relay.asked('token', troubled)).toBeGreaterThan(5);
  expect(relay.simulator.requests().filter(({ status }) => status === 401)).toEqual([]);
});

test('a token outlives the consent it came from, and no longer (4.7)', async () => {
  const relay = await startRelay();
  await relay.settled();
  relay.simulator.withdraw(troubled.tenantId, clientId);
  relay.offer(troubled);
  await relay.settled();
  await relay.expectWhole(troubled, sibling, neighbour);
  relay.clock.advance(hour + minute);
  await relay.cycles(20);
  expect((await relay.tenant(troubled)).state).toBe('consent-withdrawn');
  relay.offer(neighbour);
  await relay.cycles(1);
  await relay.expectWhole(neighbour);
});

test('whether a GUID is a tenant is asked of Entra', async () => {
  const relay = await startRelay();
  const { simulator } = relay;
  trust(simulator.certificate);
  const cloud = customCloud({ authorityHost: simulator.authorityUrl, managementUrl: simulator.managementUrl });
  const resolve = createTenantResolver({ clouds: { custom: cloud }, cloud: 'custom' });
  const unknown = '7f7f7f7f-0007-4007-8007-000000000007';
  await expect(resolve(unknown)).rejects.toMatchObject({ kind: 'unknown-tenant' });
  simulator.switches.set('unknown-guids', 'welcome');
  expect(await resolve(unknown)).toEqual({ tenantId: unknown, cloud: 'custom' });
});
