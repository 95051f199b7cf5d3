import { afterAll, beforeAll, expect, it } from 'vitest';

import { apiHealth } from '../../functions/api-health.ts';
import {
  createDestinationMarkStore,
  type DestinationMark,
  type DestinationMarkStore,
} from '../../shared/state/destination-marks.ts';
import { createMarkStore, type MarkStore } from '../../shared/state/marks.ts';
import { call, refusalOf } from '../support/call-function.ts';
import { type RelayEnvironment, startRelayEnvironment } from '../support/relay-environment.ts';

let environment: RelayEnvironment;
let marks: MarkStore;
let destinationMarks: DestinationMarkStore;
beforeAll(async () => {
  environment = await startRelayEnvironment();
  marks = createMarkStore(environment.tables);
  destinationMarks = createDestinationMarkStore(environment.tables);
});
afterAll(() => environment.close());

const get = () => call(apiHealth, { path: '/api/health' });

it('says that all is well', async () => {
  const answer = await get();
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({
    status: 'ok',
    settings: { status: 'ok' },
    credential: { status: 'ok' },
    destinations: [{ name: 'local', type: 'file', status: 'ok' }],
  });
});

it('says in words what fails, since when and until when, until it does not any more', async () => {
  const now = Date.now();
  const since = Date.parse('2026-11-22T10:30:00Z');
  const down = (change: Partial<DestinationMark>): DestinationMark => ({
    standing: 'down',
    until: Date.parse('2099-01-01T00:00:00Z'),
    since,
    times: 3,
    reason: 'The disk is full.',
    takenAt: undefined,
    probeSentAt: undefined,
    ...change,
  });
  await marks.set('credential', 'entra', { until: now + 60_000, times: 1, reason: 'The secret has expired.' });
  const { etag } = await destinationMarks.write('local', down({}), undefined);
  await destinationMarks.write('other', down({ reason: 'Not configured any more.' }), undefined);
  expect((await get()).body).toEqual({
    status: 'degraded',
    settings: { status: 'ok' },
    credential: { status: 'failing', message: 'The secret has expired.' },
    destinations: [
      {
        name: 'local',
        type: 'file',
        status: 'failing',
        message:
          'The disk is full. (Failed 3 times in a row since 2026-11-22T10:30:00Z; asked again at 2099-01-01T00:00:00Z.)',
      },
    ],
  });

  await marks.set('credential', 'entra', { until: now - 1, times: 1, reason: 'The secret has expired.' });
  const runOut = await destinationMarks.write('local', down({ until: now - 1, times: 1 }), etag);
  const { destinations } = (await get()).body as { destinations: { message: string }[] };
  expect(destinations[0]?.message).toMatch(/\(Failed once since .*; asked again with the next batch\.\)$/);

  await destinationMarks.write('local', down({ standing: 'came-up' }), runOut.etag);
  expect((await get()).body).toMatchObject({ status: 'ok', destinations: [{ name: 'local', status: 'ok' }] });
});

it('says that storage does not answer', async () => {
  environment.proxy.fate = () => 'refused';
  const answer = await get();
  expect(answer.status).toBe(503);
  expect(refusalOf(answer).code).toBe('storage_unavailable');
});
