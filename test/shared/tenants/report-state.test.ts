import selfsigned from 'selfsigned';
import { describe, expect, it } from 'vitest';

import { DestinationError } from '../../../shared/delivery/destination-error.ts';
import { readDestinationHealth } from '../../../shared/pipeline/destination-health.ts';
import { afterConsent } from '../../../shared/pipeline/tenant-trouble.ts';
import type { CredentialSettings } from '../../../shared/settings.ts';
import { newFeed, type Feed } from '../../../shared/state/feeds.ts';
import { reportState } from '../../../shared/tenants/report-state.ts';
import { activeTenant, createTestPipeline, tenantId, type TestPipeline } from '../../support/test-pipeline.ts';
import { eventsOf } from '../pipeline/cycle-fixture.ts';
import { feed, list, listedContent } from '../pipeline/forwarding.ts';

const hourMs = 3_600_000;
const secret: CredentialSettings = { kind: 'secret', secret: 'x' };

const report = (pipeline: TestPipeline, credential: CredentialSettings = secret): Promise<void> =>
  reportState({ ...pipeline, settings: { entra: { clientId: tenantId, tenantId, credential } } });

async function addFeed(pipeline: TestPipeline, change: Partial<Feed> = {}): Promise<void> {
  await pipeline.feeds.insert({ ...newFeed(feed), state: 'active', position: pipeline.clock.now(), ...change });
}

describe('feeds that are behind', () => {
  it('are told from a day on, by their position', async () => {
    const pipeline = createTestPipeline();
    await pipeline.tenants.insert(activeTenant());
    await addFeed(pipeline, { position: pipeline.clock.now() - 24 * hourMs + 1000 });
    await report(pipeline);
    expect(eventsOf(pipeline, 'feed-behind')).toEqual([]);

    pipeline.clock.advance(1000);
    await report(pipeline);
    expect(eventsOf(pipeline, 'feed-behind')).toEqual([
      { event: 'feed-behind', level: 'warn', fields: { ...feed, lagSeconds: 86_400 } },
    ]);
    expect(eventsOf(pipeline, 'cycle-finished').at(-1)?.fields).toEqual({ tenants: 1, feedsBehind: 1 });
  });

  it('are told by their oldest content that is neither settled nor saved', async () => {
    const pipeline = createTestPipeline();
    await list(pipeline, [
      listedContent(pipeline, 'parked', [], { state: 'parked', created: Date.parse('2026-11-22T10:01:00Z') }),
      listedContent(pipeline, 'saved', [], { saved: true, created: Date.parse('2026-11-22T10:02:00Z') }),
      listedContent(pipeline, 'open', [], { created: Date.parse('2026-11-22T10:30:00Z') }),
    ]);
    pipeline.clock.advance(48 * hourMs);
    await addFeed(pipeline, { openContents: 1 });
    await report(pipeline);
    expect(eventsOf(pipeline, 'feed-behind')).toMatchObject([{ fields: { lagSeconds: 48 * 3600 } }]);
  });

  it('are not told for what happened before the consent, nor of customers or content types that are not collected', async () => {
    for (const [tenant, change] of [
      [{ consentedAt: Date.parse('2026-11-22T09:00:00Z') }, {}],
      [{ state: 'paused' }, {}],
      [{}, { state: 'permission-missing' }],
      [{}, { state: 'stopped' }],
    ] as const) {
      const pipeline = createTestPipeline();
      await pipeline.tenants.insert(activeTenant(tenant));
      await addFeed(pipeline, { position: pipeline.clock.now() - 150 * hourMs, ...change });
      await report(pipeline);
      expect(eventsOf(pipeline, 'feed-behind'), JSON.stringify([tenant, change])).toEqual([]);
    }
  });

  it.each(['active', 'paused'] as const)('are told on when a customer who is %s consents once more', async (state) => {
    const pipeline = createTestPipeline();
    const tenant = activeTenant({ state, pausedFrom: state === 'paused' ? 'active' : undefined, consentedAt: 0 });
    const again = [1, 2].reduce((one) => afterConsent(one, { at: pipeline.clock.now(), by: 'Kim' }), tenant);
    await pipeline.tenants.insert({ ...again, state: 'active' });
    await addFeed(pipeline, { position: pipeline.clock.now() - 120 * hourMs });
    await report(pipeline);
    expect(eventsOf(pipeline, 'feed-behind')).toMatchObject([{ fields: { lagSeconds: 120 * 3600 } }]);
  });

  it('are measured from the new consent after one that was withdrawn', async () => {
    const pipeline = createTestPipeline();
    const withdrawn = activeTenant({ state: 'consent-withdrawn', consentedAt: 0, collectedSince: 0 });
    const again = afterConsent(withdrawn, { at: pipeline.clock.now(), by: 'Kim' });
    await pipeline.tenants.insert({ ...again, state: 'active' });
    await addFeed(pipeline, { position: pipeline.clock.now() - 120 * hourMs });
    await report(pipeline);
    expect(eventsOf(pipeline, 'feed-behind')).toEqual([]);
  });

  it('are named up to a hundred, the worst first, and all counted', async () => {
    const pipeline = createTestPipeline();
    for (let n = 0; n < 120; n += 1) {
      const id = `${tenantId.slice(0, -3)}${String(n).padStart(3, '0')}`;
      await pipeline.tenants.insert(activeTenant({ tenantId: id }));
      const position = pipeline.clock.now() - (25 + n) * hourMs;
      await pipeline.feeds.insert({ ...newFeed({ ...feed, tenantId: id }), state: 'active', position });
    }
    await report(pipeline);
    const named = eventsOf(pipeline, 'feed-behind').map(({ fields }) => fields['lagSeconds']);
    expect(named).toHaveLength(100);
    expect(named[0]).toBe((25 + 119) * 3600);
    expect(eventsOf(pipeline, 'cycle-finished')[0]?.fields['feedsBehind']).toBe(120);
  });
});

it('tenants are counted by state', async () => {
  const pipeline = createTestPipeline();
  for (const [index, state] of (['active', 'active', 'invited'] as const).entries()) {
    await pipeline.tenants.insert(activeTenant({ tenantId: `${tenantId.slice(0, -1)}${index}`, state }));
  }
  await report(pipeline);
  const counted = eventsOf(pipeline, 'tenants-counted').map(({ fields }) => fields);
  expect(counted).toEqual(
    expect.arrayContaining([
      { state: 'active', tenants: 2 },
      { state: 'invited', tenants: 1 },
    ]),
  );
  expect(counted).toHaveLength(2);
});

it('a destination that is down is told with how long, until it takes something', async () => {
  const pipeline = createTestPipeline({ destinations: ['soc', 'archive'] });
  const health = await readDestinationHealth(pipeline);
  await health.failed('soc', new DestinationError('It answered 503.', { kind: 'unavailable' }));
  pipeline.clock.advance(hourMs);
  await report(pipeline);
  expect(eventsOf(pipeline, 'destination-down')).toEqual([
    {
      event: 'destination-down',
      level: 'warn',
      fields: { destination: 'soc', downSeconds: 3600, error: 'It answered 503.' },
    },
  ]);
  health.noteTaken('soc');
  await health.settleTaken();
  await report(pipeline);
  expect(eventsOf(pipeline, 'destination-down')).toHaveLength(1);
});

it('a certificate is told of from 30 days before it expires, also when it has', async () => {
  const pipeline = createTestPipeline();
  const expires = pipeline.clock.now() + 40 * 24 * hourMs;
  const { cert, private: key } = await selfsigned.generate([{ name: 'commonName', value: 'relay' }], {
    keySize: 2048,
    notBeforeDate: new Date(0),
    notAfterDate: new Date(expires),
  });
  const told = async (): Promise<unknown> => {
    pipeline.events.length = 0;
    await report(pipeline, { kind: 'certificate', pem: `${cert}\n${key}` });
    return eventsOf(pipeline, 'certificate-expires')[0]?.fields['days'];
  };
  expect(await told()).toBeUndefined();
  pipeline.clock.advance(10 * 24 * hourMs);
  expect(await told()).toBe(30);
  pipeline.clock.advance(31 * 24 * hourMs);
  expect(await told()).toBe(-1);
});
