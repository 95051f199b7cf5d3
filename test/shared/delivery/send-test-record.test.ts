import { expect, test } from 'vitest';
import { startDeadline } from '../../../shared/deadline.ts';
import type { Destination } from '../../../shared/delivery/destination.ts';
import { sendTestRecord } from '../../../shared/delivery/send-test-record.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { fake, unavailable } from './fake-destination.ts';
import { calm, failureOf } from './sample-delivery.ts';

const random = { token: () => '', fraction: () => 0 };

test('one record, one try', async () => {
  const soc = fake('soc');
  const clock = createManualClock();
  const sent = sendTestRecord(soc, { clock, random, signal: calm() });
  const request = await soc.request(1);
  const { delivery } = request;
  expect(delivery.records).toHaveLength(1);
  expect(delivery).toMatchObject({ tenantId: '00000000-0000-0000-0000-000000000000', hour: '2026-11-22T10' });
  expect(JSON.parse(Buffer.from(delivery.records[0]?.bytes ?? []).toString())).toMatchObject({
    Id: '00000000-0000-0000-0000-000000000000',
    CreationTime: '2026-11-22T10:30:00',
  });
  const error = unavailable();
  request.fail(error);
  expect(await sent).toBe(error);
  expect(clock.sleeps).toEqual([]);
});

test('a word for the record is its answer, fit to be shown', async () => {
  const soc: Destination = {
    ...fake('soc'),
    deliver: () => Promise.resolve([{ taken: false, answer: `no\u0000field\n${'x'.repeat(1000)}` }]),
  };
  const refused = await sendTestRecord(soc, { clock: createManualClock(), random, signal: calm() });
  expect(refused).toMatchObject({ kind: 'refused' });
  expect((refused as Error).message).toMatch(/^Destination soc refused a record and says: no field x{491}$/);
});

test('a destination that never answers has failed when time is up; any other abort is the caller’s', async () => {
  const clock = createManualClock();
  using deadline = startDeadline(clock, 5000, 'The test');
  const late = sendTestRecord(fake('soc'), { clock, random, signal: deadline.signal });
  clock.advance(5000);
  expect(await late).toMatchObject({ kind: 'unavailable', message: 'The test took longer than 5 s.' });
  const abort = new AbortController();
  const sent = failureOf(sendTestRecord(fake('soc'), { clock, random, signal: abort.signal }));
  const reason = new Error('Shutting down.');
  abort.abort(reason);
  expect(await sent).toBe(reason);
});
