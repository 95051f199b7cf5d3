import { expect, onTestFinished, test } from 'vitest';

import { isClean, totalOf } from '../../local/start/account.ts';
import { madeUpRecords } from './made-up-records.ts';
import { envelopeOf, startReceiver } from './receiver.ts';
import { makeFolder, patienceMs, startRelay } from './relay.ts';

const tenant = { tenantId: '4d4d4d4d-0004-4004-8004-000000000004', name: 'Killed & Co', domain: 'killed.example' };
const feeds = ['Audit.Exchange', 'Audit.General'] as const;

test('an app that is killed twice in the middle loses nothing', async () => {
  const folder = await makeFolder();
  onTestFinished(() => folder.remove());
  const receiver = await startReceiver('soc');
  onTestFinished(() => {
    receiver.close();
  });
  const relay = await startRelay({
    directory: folder.path,
    simulator: { tenants: [tenant] },
    environment: { DESTINATIONS: 'soc', BATCH_SIZE: '2', ...receiver.settings },
  });
  onTestFinished(() => relay.stop());

  const expected: string[] = [];
  for (const contentType of feeds) {
    for (let index = 0; index < 12; index += 1) {
      const records = madeUpRecords(tenant.tenantId, contentType, index * 10, 5);
      const { id: contentId } = relay.simulator.offer(tenant.tenantId, contentType, { records });
      const fields = { tenantId: tenant.tenantId, customerName: tenant.name, contentType, contentId };
      expected.push(...records.map((record) => envelopeOf(record, fields)));
    }
  }
  let more = 0;
  receiver.answer = () => (more-- > 0 ? 200 : 'hold');

  const killInTheMiddle = async (): Promise<void> => {
    const before = totalOf(await relay.account()).contents.delivered;
    more = 3;
    receiver.release();
    await expect
      .poll(async () => totalOf(await relay.account()).contents.delivered, { timeout: patienceMs })
      .toBeGreaterThan(before);
    await expect
      .poll(() => receiver.requests.some(({ status }) => status === undefined), { timeout: patienceMs })
      .toBe(true);
    const { queued } = totalOf(await relay.account()).contents;
    expect(queued).toBeGreaterThan(0);
    const pid = relay.pid();
    if (pid === undefined) throw new Error('The app has no process to kill.');
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => relay.pid() ?? pid, { timeout: patienceMs }).not.toBe(pid);
  };

  await relay.onboard();
  await killInTheMiddle();
  await killInTheMiddle();
  receiver.answer = () => 200;
  receiver.release();
  const rows = await relay.settled();

  expect(receiver.wrong).toEqual([]);
  expect([...new Set(receiver.accepted())]).toEqual(expected.sort());
  expect(isClean(rows)).toBe(true);
  expect(totalOf(rows).contents).toMatchObject({ offered: 24, delivered: 24, queued: 0, unaccounted: 0 });
  expect(totalOf(rows).records).toMatchObject({ offered: 120, delivered: 120, duplicates: 0, unaccounted: 0 });
}, 300_000);
