import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { runSimulator } from '../../../local/start/run-simulator.ts';
import { systemRandom } from '../../../shared/random.ts';

it('has the organisation that runs the app, whose tenant ID may be given; a new one takes the place of the old', async () => {
  const state = await mkdtemp(join(tmpdir(), 'run-simulator-'));
  onTestFinished(() => rm(state, { recursive: true, force: true }));
  const asked = { demo: false, records: undefined, untilIdle: false, fresh: false };
  const homesWith = async (given: Readonly<Record<string, string>>): Promise<{ made: string; homes: string[] }> => {
    const { simulator, chosen } = await runSimulator(asked, state, given, systemRandom, Date.now(), undefined);
    await simulator.close();
    const homes = simulator.tenants.list().filter(({ home }) => home);
    return { made: chosen.identity.tenantId, homes: homes.map(({ tenantId }) => tenantId) };
  };
  const { made, homes } = await homesWith({});
  expect(homes).toEqual([made]);
  const given = '77777777-2222-4333-8444-555555555555';
  expect((await homesWith({ ENTRA_TENANT_ID: given })).homes).toEqual([given]);
  expect((await homesWith({ ENTRA_TENANT_ID: 'no GUID' })).homes).toEqual([made]);
});
