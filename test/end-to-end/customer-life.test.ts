import { expect, onTestFinished, test, vi } from 'vitest';

import { contentTypes } from '../../shared/activity-api/content-types.ts';
import { madeUpRecords } from './made-up-records.ts';
import { identity, makeFolder, patienceMs, type RunningRelay, startRelay } from './relay.ts';

const tenantId = '1a1a1a1a-0001-4001-8001-000000000001';
const auditTypes = contentTypes.filter((type) => type !== 'DLP.All');

interface Shown {
  readonly state: string;
  readonly nextStep: string;
  readonly missingRoles: readonly string[];
  readonly feeds: readonly { readonly contentType: string; readonly state: string }[];
}

const tenantOf = async (relay: RunningRelay): Promise<Shown> => (await relay.get(`/api/tenants/${tenantId}`)) as Shown;

async function change({ url }: RunningRelay, body: unknown): Promise<Shown> {
  const answer = await fetch(new URL(`/api/tenants/${tenantId}`, url), {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
  return (await answer.json()) as Shown;
}

const eventually = (check: () => Promise<void>): Promise<void> =>
  vi.waitFor(check, { timeout: patienceMs, interval: 250 });

const asked = ({ simulator }: RunningRelay, operation: string): number =>
  simulator
    .requests()
    .filter((each) => each.operation === operation && each.tenantId === tenantId)
    .reduce((sum, { count }) => sum + count, 0);

test(
  'a customer whose consent lacks DLP runs without it, gives it, has it switched off, is paused and resumed',
  async () => {
    const folder = await makeFolder();
    onTestFinished(() => folder.remove());
    const customer = { tenantId, name: 'Fabrikam', domain: 'fabrikam.example' };
    const relay = await startRelay({ directory: folder.path, simulator: { tenants: [customer] } });
    onTestFinished(() => relay.stop());
    const { simulator } = relay;
    simulator.switches.set('missing-roles', ['ActivityFeed.ReadDlp'], { tenantId });
    await relay.onboard();

    await eventually(async () => {
      const { state, missingRoles, feeds, nextStep } = await tenantOf(relay);
      expect({ state, missingRoles }).toEqual({ state: 'active', missingRoles: ['ActivityFeed.ReadDlp'] });
      expect(feeds.filter((feed) => feed.state === 'active').map(({ contentType }) => contentType)).toEqual(auditTypes);
      expect(nextStep).toMatch(/^ActivityFeed\.ReadDlp is missing/);
    });

    simulator.switches.set('missing-roles', [], { tenantId });
    await relay.post(`/api/tenants/${tenantId}/check`, {});
    await eventually(async () => {
      const { missingRoles, feeds } = await tenantOf(relay);
      expect(missingRoles).toEqual([]);
      expect(feeds.map(({ state }) => state)).toEqual(Array<string>(5).fill('active'));
    });

    const off = await change(relay, { contentTypes: auditTypes, name: 'Fabrikam Ltd' });
    expect(off.feeds.find(({ contentType }) => contentType === 'DLP.All')?.state).toBe('stopped');
    await eventually(async () => {
      expect(await Promise.resolve(asked(relay, 'stop'))).toBe(1);
    });

    expect((await change(relay, { paused: true })).state).toBe('paused');
    const records = madeUpRecords(tenantId, 'Audit.Exchange', 1, 3);
    simulator.offer(tenantId, 'Audit.Exchange', { records });
    await change(relay, { paused: false });
    await relay.settled();

    const { history } = (await relay.get(`/api/tenants/${tenantId}/history`)) as {
      history: { what: string; by: string }[];
    };
    const told = history.map(({ what, by }) => `${by}: ${what}`).toReversed();
    expect(told).toEqual(
      expect.arrayContaining([
        'by key: Added as Fabrikam, with an invitation.',
        'by key: Asked to be checked now.',
        'by key: Renamed from Fabrikam to Fabrikam Ltd. Switched off DLP.All.',
        'Audit Relay: DLP.All is stopped at Microsoft.',
        'by key: Paused.',
        'by key: Resumed.',
      ]),
    );
    expect(told.filter((line) => line.endsWith('DLP.All is collected.'))).toHaveLength(1);
    expect(JSON.stringify(relay.log)).not.toContain(identity.clientSecret);
  },
  4 * patienceMs,
);
