import { afterAll, beforeAll, expect, it } from 'vitest';

import { apiHealth } from '../../functions/api-health.ts';
import { createMarkStore, type MarkStore } from '../../shared/state/marks.ts';
import { call, refusalOf } from '../support/call-function.ts';
import { type RelayEnvironment, startRelayEnvironment } from '../support/relay-environment.ts';

let environment: RelayEnvironment;
let marks: MarkStore;
beforeAll(async () => {
  environment = await startRelayEnvironment();
  marks = createMarkStore(environment.tables);
});
afterAll(() => environment.close());

const get = () => call(apiHealth, { path: '/api/health' });
const inAMinute = () => Date.now() + 60_000;

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

it('says in words what fails, until it does not any more', async () => {
  await marks.set('credential', 'entra', { until: inAMinute(), times: 1, reason: 'The secret has expired.' });
  await marks.set('destination', 'local', { until: inAMinute(), times: 3, reason: 'The disk is full.' });
  await marks.set('destination', 'other', { until: inAMinute(), times: 3, reason: 'Not configured any more.' });
  expect((await get()).body).toEqual({
    status: 'degraded',
    settings: { status: 'ok' },
    credential: { status: 'failing', message: 'The secret has expired.' },
    destinations: [{ name: 'local', type: 'file', status: 'failing', message: 'The disk is full.' }],
  });
  await marks.set('credential', 'entra', { until: Date.now() - 1, times: 1, reason: 'The secret has expired.' });
  await marks.clear('destination', 'local');
  expect((await get()).body).toMatchObject({ status: 'ok', credential: { status: 'ok' } });
});

it('says that storage does not answer', async () => {
  environment.proxy.fate = () => 'refused';
  const answer = await get();
  expect(answer.status).toBe(503);
  expect(refusalOf(answer).code).toBe('storage_unavailable');
});
