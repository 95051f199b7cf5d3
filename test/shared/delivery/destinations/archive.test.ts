import { gunzipSync } from 'node:zlib';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startStorageEmulator } from '../../../../local/storage-emulator.ts';
import type { StorageEmulator } from '../../../../local/storage-emulator.ts';
import { type Clock, systemClock } from '../../../../shared/clock.ts';
import { DestinationError } from '../../../../shared/delivery/destination-error.ts';
import { createArchiveDestination } from '../../../../shared/delivery/destinations/archive.ts';
import { answerTimeoutMs } from '../../../../shared/delivery/http-post.ts';
import { createManualClock } from '../../../support/manual-clock.ts';
import { startReceiver } from '../receiver.ts';
import { calm, delivery, failureOf, record, tenantId } from '../sample-delivery.ts';

const two = delivery([record('{"n":1}'), record('{"n":"\\u0041"}', null)]);
const folder = `${tenantId}/Audit.Exchange/2026/11/22/10/`;
let emulator: StorageEmulator;
let service: BlobServiceClient;
let containers = 0;
let container = '';

beforeAll(async () => {
  emulator = await startStorageEmulator();
  service = BlobServiceClient.fromConnectionString(emulator.connectionString);
});

afterAll(() => emulator.close());

beforeEach(() => {
  containers += 1;
  container = `archive${containers}`;
});

const archive = (from: BlobServiceClient = service, clock: Clock = systemClock) =>
  createArchiveDestination({ name: 'cold', type: 'archive', container }, { clock, containers: from });

async function blobs(): Promise<{ name: string; text: string }[]> {
  const client = service.getContainerClient(container);
  const found = [];
  for await (const { name } of client.listBlobsFlat()) {
    const text = gunzipSync(await client.getBlobClient(name).downloadToBuffer()).toString();
    found.push({ name, text });
  }
  return found;
}

test('raw records, one a line, under tenant, content type and hour; the container is made', async () => {
  expect(await archive().deliver(two, calm())).toEqual([{ taken: true }, { taken: true }]);
  const [blob, ...others] = await blobs();
  expect(others).toEqual([]);
  expect(blob?.text).toBe('{"n":1}\n{"n":"\\u0041"}\n');
  expect(blob?.name.slice(0, folder.length)).toBe(folder);
  expect(blob?.name.slice(folder.length)).toMatch(/^[0-9a-f]{64}\.ndjson\.gz$/);
});

test('the same records again are taken and not written again', async () => {
  await archive().deliver(two, calm());
  const client = service.getContainerClient(container);
  const [blob] = await blobs();
  const before = await client.getBlobClient(blob?.name ?? '').getProperties();
  expect(await archive().deliver(two, calm())).toHaveLength(2);
  const after = await client.getBlobClient(blob?.name ?? '').getProperties();
  expect(after.etag).toBe(before.etag);
  await archive().deliver(delivery([record('{"n":3}')]), calm());
  expect(await blobs()).toHaveLength(2);
});

test('two deliveries that both find no container both arrive', async () => {
  const other = delivery([record('{"n":2}')]);
  await Promise.all([archive().deliver(two, calm()), archive().deliver(other, calm())]);
  expect(await blobs()).toHaveLength(2);
});

test('a delivery without records writes nothing', async () => {
  expect(await archive().deliver(delivery([]), calm())).toEqual([]);
  expect(await service.getContainerClient(container).exists()).toBe(false);
});

test('a tenant that is no GUID gets no path', async () => {
  const error = await failureOf(archive().deliver({ ...two, tenantId: '../other' }, calm()));
  expect(error).toMatchObject({ kind: 'refused' });
});

test('an abort ends it with the reason of the signal', async () => {
  const reason = new Error('The batch ran out of time.');
  expect(await failureOf(archive().deliver(two, AbortSignal.abort(reason)))).toBe(reason);
});

const failing = [
  { status: 403, code: 'AuthorizationPermissionMismatch', kind: 'misconfigured', words: /role Storage Blob Data/ },
  { status: 404, code: 'ResourceNotFound', kind: 'misconfigured', words: /check RelayStorage/ },
  { status: 503, code: 'ServerBusy', kind: 'unavailable', words: /ServerBusy/ },
  { status: 409, code: 'ContainerBeingDeleted', kind: 'unavailable', words: /ContainerBeingDeleted/ },
];

test.each(failing)('storage that answers $code means $kind', async ({ status, code, kind, words }) => {
  const receiver = await startReceiver((response, { method }) => {
    // Whether the blob is there is asked with HEAD.
    response.writeHead(method === 'HEAD' ? 404 : status, { 'x-ms-error-code': code }).end();
  });
  const url = `${receiver.url}?sig=not-to-be-seen`;
  const error = await failureOf(
    archive(new BlobServiceClient(url, undefined, { retryOptions: { maxTries: 1 } })).deliver(two, calm()),
  );
  receiver.close();
  expect(error).toBeInstanceOf(DestinationError);
  expect(error).toMatchObject({ kind });
  expect((error as Error).message).toMatch(words);
  expect((error as Error).message).not.toContain('not-to-be-seen');
});

test('another conflict about a blob that is there means that it is taken', async () => {
  const receiver = await startReceiver((response, { method }) => {
    response.writeHead(method === 'HEAD' ? 200 : 409, { 'x-ms-error-code': 'BlobImmutableDueToPolicy' }).end();
  });
  const client = new BlobServiceClient(receiver.url, undefined, { retryOptions: { maxTries: 1 } });
  expect(await archive(client).deliver(two, calm())).toHaveLength(2);
  receiver.close();
});

test.each([
  ['an upload', 'PUT', ['PUT']],
  ['the container is made', 'container', ['PUT', 'PUT']],
  ['whether the blob is there', 'HEAD', ['PUT', 'HEAD']],
])('storage that is silent for 30 s when asked for %s is unavailable', async (_what, silent, asked) => {
  const arrived = Promise.withResolvers<undefined>();
  const receiver = await startReceiver((response, { method }, request) => {
    const step = request.url?.includes('restype=container') === true ? 'container' : method;
    if (step === silent) arrived.resolve(undefined);
    else if (silent === 'HEAD') response.writeHead(409, { 'x-ms-error-code': 'Unsure' }).end();
    else response.writeHead(404, { 'x-ms-error-code': 'ContainerNotFound' }).end();
  });
  const client = new BlobServiceClient(receiver.url, undefined, { retryOptions: { maxTries: 4 } });
  const clock = createManualClock();
  const failure = failureOf(archive(client, clock).deliver(two, calm()));
  await arrived.promise;
  clock.advance(answerTimeoutMs - 1);
  clock.advance(1);
  const error = await failure;
  expect(error).toMatchObject({ kind: 'unavailable' });
  expect((error as Error).message).toContain('no answer');
  expect(receiver.received.map(({ method }) => method)).toEqual(asked);
  receiver.close();
});

test('storage that cannot be reached is unavailable', async () => {
  const receiver = await startReceiver(() => undefined);
  receiver.close();
  const client = new BlobServiceClient(receiver.url, undefined, { retryOptions: { maxTries: 1 } });
  expect(await failureOf(archive(client).deliver(two, calm()))).toMatchObject({ kind: 'unavailable' });
});
