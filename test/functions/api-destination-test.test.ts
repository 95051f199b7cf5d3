import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { apiDestinationTest } from '../../functions/api-destination-test.ts';
import { call, postJson, refusalOf } from '../support/call-function.ts';
import { type RelayEnvironment, startRelayEnvironment } from '../support/relay-environment.ts';
import { type Receiver, startReceiver } from '../shared/delivery/receiver.ts';

let environment: RelayEnvironment;
let receiver: Receiver;
let folder: string;
let answer: (response: ServerResponse) => unknown;
beforeAll(async () => {
  receiver = await startReceiver((response) => answer(response));
  folder = await mkdtemp(join(tmpdir(), 'relay-test-record-'));
  environment = await startRelayEnvironment({
    DESTINATIONS: 'soc,local,archive',
    DESTINATION_SOC_TYPE: 'https',
    DESTINATION_SOC_URL: receiver.url,
    DESTINATION_SOC_SECRET: `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`,
    DESTINATION_LOCAL_PATH: folder,
    DESTINATION_ARCHIVE_TYPE: 'archive',
  });
});
afterAll(async () => {
  receiver.close();
  await environment.close();
  await rm(folder, { recursive: true });
});

const nobody = '00000000-0000-0000-0000-000000000000';
const test = (name: string, body: unknown = {}) =>
  postJson(apiDestinationTest, `/api/destinations/${name}/test`, body, { name });

it('sends one marked record that no customer can have written, and says that it was taken', async () => {
  answer = (response) => response.writeHead(204).end();
  const before = receiver.received.length;
  const { status, body } = await test('soc');
  expect([status, body]).toEqual([
    200,
    { destination: 'soc', status: 'taken', message: 'Destination soc took the test record.' },
  ]);
  await test('soc');
  expect(receiver.received).toHaveLength(before + 2);
  const [first, second] = receiver.received
    .slice(before)
    .map((one) => JSON.parse(one.body.toString()) as { recordId: string; record: Record<string, unknown> });
  expect(first).toMatchObject({
    tenantId: nobody,
    customerName: 'Audit Relay test',
    contentType: 'Audit.General',
    contentId: 'audit-relay-test',
    record: { Workload: 'AuditRelay', Operation: 'AuditRelayTest', OrganizationId: nobody },
  });
  expect(first?.recordId).toBe(first?.record['Id']);
  expect(first?.recordId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(second?.recordId).not.toBe(first?.recordId);
  const age = Date.now() - Date.parse(`${String(first?.record['CreationTime'])}Z`);
  expect(age).toBeGreaterThanOrEqual(0);
  expect(age).toBeLessThan(60_000);
});

it.each([
  [422, 'no field x', 'refused', 'Destination soc refused a request (HTTP 422) and says: no field x'],
  [413, '', 'refused', 'Destination soc says that a request is too large (HTTP 413); raise its limit to 4 MB.'],
  [401, '', 'failed', /^Destination soc turned a request away \(HTTP 401\); check DESTINATION_SOC_SECRET/],
  [
    503,
    '',
    'failed',
    'Destination soc cannot take records now (HTTP 503); if that lasts, look at the destination itself.',
  ],
])('says in words what HTTP %i means, after one try', async (code, text, status, message) => {
  answer = (response) => response.writeHead(code).end(text);
  const before = receiver.received.length;
  const { body } = await test('soc');
  expect(body).toEqual({
    destination: 'soc',
    status,
    message: (message instanceof RegExp ? expect.stringMatching(message) : message) as string,
  });
  expect(receiver.received).toHaveLength(before + 1);
});

it('says that nobody answers', async () => {
  answer = (response) => response.destroy();
  const { body } = await test('soc');
  expect(body).toMatchObject({ status: 'failed', message: expect.stringMatching(/could not be reached/) as string });
});

it('leaves it in a folder of its own in files and archives', async () => {
  expect((await test('local')).body).toMatchObject({ destination: 'local', status: 'taken' });
  expect(await readdir(folder)).toEqual([nobody]);
  const [file] = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ndjson'));
  expect(await readFile(join(folder, String(file)), 'utf8')).toMatch(
    /^\{"CreationTime":.*"Workload":"AuditRelay".*\}\n$/,
  );

  expect((await test('archive')).body).toMatchObject({ destination: 'archive', status: 'taken' });
  const blobs = await Array.fromAsync(environment.clients.blobs.getContainerClient('archive').listBlobsFlat());
  expect(blobs.map(({ name }) => name)).toEqual([
    expect.stringMatching(new RegExp(`^${nobody}/Audit\\.General/.*gz$`)),
  ]);
});

it('needs no body; another name is not found, and those that exist are named', async () => {
  answer = (response) => response.writeHead(200).end();
  const bare = await call(apiDestinationTest, {
    method: 'POST',
    path: '/api/destinations/soc/test',
    params: { name: 'soc' },
  });
  expect(bare.status).toBe(200);
  const unknown = await test('sock');
  expect(unknown.status).toBe(404);
  expect(refusalOf(unknown)).toEqual({
    code: 'destination_not_found',
    message: 'There is no destination of that name: choose from soc, local, archive.',
  });
  const form = await call(apiDestinationTest, {
    method: 'POST',
    path: '/api/destinations/soc/test',
    params: { name: 'soc' },
    headers: { 'content-type': 'text/plain' },
    body: '{}',
  });
  expect(form.status).toBe(415);
});
