import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { inspect } from 'node:util';
import { generate } from 'selfsigned';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startStorageEmulator } from '../../../local/storage-emulator.ts';
import { createAzureQueue } from '../../../shared/state/azure-queue.ts';
import { createAzureTables } from '../../../shared/state/azure-tables.ts';
import { createStorageClients, type StorageClients } from '../../../shared/state/storage-clients.ts';
import { RowConflict, StorageError, type Table } from '../../../shared/state/table.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function listen(answer: RequestListener): Promise<string> {
  const server: Server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const accountKey = Buffer.from('an account key that must stay out of every log').toString('base64');

const clientsOf = (origin: string, limitMs = 20_000): StorageClients => {
  const connectionString = [
    'DefaultEndpointsProtocol=http;AccountName=relay',
    `AccountKey=${accountKey}`,
    ...['Blob', 'Queue', 'Table'].map((service) => `${service}Endpoint=${origin}/relay`),
  ].join(';');
  const clients = createStorageClients({ connectionString });
  return { ...clients, table: (name) => clients.table(name), timeLimit: () => AbortSignal.timeout(limitMs) };
};

const failing =
  (status: number, code: string): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', 'x-ms-error-code': code });
    response.end(JSON.stringify({ 'odata.error': { code, message: { lang: 'en-US', value: 'secret-detail' } } }));
  };

const row = { partitionKey: 'p', rowKey: 'r', body: 'secret-row' };

const operations: [string, (table: Table) => Promise<unknown>][] = [
  ['get', (table) => table.get('p', 'r')],
  ['insert', (table) => table.insert(row)],
  ['replace', (table) => table.replace(row, 'W/"1"')],
  ['put', (table) => table.put(row)],
  ['remove', (table) => table.remove('p', 'r', 'W/"1"')],
  ['transact', (table) => table.transact('p', [{ insert: row }])],
  ['query', (table) => table.query({})[Symbol.asyncIterator]().next()],
];

const errorOf = async (work: Promise<unknown>): Promise<Error> => {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error)) throw new Error('An error was expected.');
  return error;
};

describe('storage that fails', () => {
  describe.each(operations)('on %s', (_name, run) => {
    it.each([
      [403, 'AuthorizationPermissionMismatch', /refused our credential; check RelayStorage/],
      [400, 'OutOfRangeInput', /refused a request with OutOfRangeInput/],
      [501, 'NotImplemented', /cannot be reached or is failing; try again/],
      [409, 'SomethingElse', /refused a request with SomethingElse/],
    ])('says what to do about %i %s, without secrets', async (status, code, message) => {
      const tables = createAzureTables(clientsOf(await listen(failing(status, code))));
      const error = await errorOf(run(tables.table('ledger202611')));
      expect(error).toBeInstanceOf(StorageError);
      expect(error).not.toBeInstanceOf(RowConflict);
      expect(error.message).toMatch(message);
      expect(error.message).toContain('The table ledger202611');
      const shown = inspect(error, { depth: 10, showHidden: true });
      expect(shown).toContain(`${code}, HTTP ${status}`);
      for (const secret of [accountKey, 'SharedKey', 'secret-row', 'secret-detail'])
        expect(shown).not.toContain(secret);
    });
  });

  it('a table that is being deleted reads as empty and cannot be made yet', async () => {
    const origin = await listen((request, response) => {
      const creates = request.method === 'POST' && request.url?.endsWith('/Tables') === true;
      (creates ? failing(409, 'TableBeingDeleted') : failing(404, 'TableNotFound'))(request, response);
    });
    const table = createAzureTables(clientsOf(origin)).table('gone');
    for (const [name, run] of operations.filter(([each]) => ['insert', 'put', 'transact'].includes(each))) {
      await expect(run(table), name).rejects.toThrow(/table gone is still being deleted; try again in a minute/);
    }
    expect(await table.get('p', 'r')).toBeUndefined();
  });

  it('is asked again after a passing fault', async () => {
    let requests = 0;
    const origin = await listen((request, response) => {
      if (++requests === 1) failing(503, 'ServerBusy')(request, response);
      else response.writeHead(204, { etag: 'W/"2"' }).end();
    });
    expect(await createAzureTables(clientsOf(origin)).table('busy').put(row)).toBe('W/"2"');
    expect(requests).toBe(2);
  });

  it('that does not answer is given up', async () => {
    const clients = clientsOf(await listen(() => undefined), 100);
    const tables = createAzureTables(clients);
    for (const [name, run] of operations) {
      await expect(run(tables.table('silent')), name).rejects.toThrow(/table silent did not answer in time/);
    }
    await expect(tables.names('')).rejects.toThrow(/list of tables did not answer in time/);
    await expect(tables.drop('silent')).rejects.toThrow(/table silent did not answer in time/);
    await expect(createAzureQueue(clients, 'content').send('x', 0)).rejects.toThrow(/queue content did not answer/);
  });

  it('a queue that fails says so, whether it exists or not', async () => {
    const refusing = clientsOf(await listen(failing(403, 'AuthorizationFailure')));
    await expect(createAzureQueue(refusing, 'content').send('x', 0)).rejects.toThrow(/queue content refused our cred/);
    const origin = await listen((request, response) => {
      const creates = request.method === 'PUT';
      (creates ? failing(409, 'QueueBeingDeleted') : failing(404, 'QueueNotFound'))(request, response);
    });
    const error = await errorOf(createAzureQueue(clientsOf(origin), 'content').send('x', 0));
    expect(error).toBeInstanceOf(StorageError);
    expect(error.message).toMatch(/queue content is still being deleted/);
    expect(inspect(error, { depth: 10 })).not.toContain('SharedKey');
  });
});

describe('storage clients', () => {
  it('are kept', () => {
    const clients = clientsOf('http://127.0.0.1:1');
    expect(clients.table('rows')).toBe(clients.table('rows'));
    expect(clients.blobs).toBe(clients.blobs);
  });

  it('speak plain http to this machine only', async () => {
    const clients = clientsOf('http://storage.example');
    await expect(createAzureTables(clients).table('rows').get('p', 'r')).rejects.toBeInstanceOf(StorageError);
  });

  it('use the managed identity where there is no key', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'relay-'));
    cleanups.push(() => rm(directory, { recursive: true }));
    const pems = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
      keySize: 2048,
      extensions: [
        { name: 'basicConstraints', cA: true },
        { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
      ],
    });
    const certificate = { cert: join(directory, 'cert.pem'), key: join(directory, 'key.pem') };
    await writeFile(certificate.cert, pems.cert);
    await writeFile(certificate.key, pems.private);
    tls.setDefaultCACertificates([...tls.getCACertificates('default'), pems.cert]);
    const emulator = await startStorageEmulator({ certificate });
    cleanups.push(() => emulator.close());

    const asked: URLSearchParams[] = [];
    const identity = await listen((request, response) => {
      const query = new URL(request.url ?? '', 'http://localhost').searchParams;
      asked.push(query);
      const now = Math.floor(Date.now() / 1000);
      const claims = {
        aud: 'https://storage.azure.com',
        iss: 'https://sts.windows-ppe.net/11111111-2222-3333-4444-555555555555/',
        iat: now - 60,
        nbf: now - 60,
        exp: now + 3600,
      };
      const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
      const token = `${part({ alg: 'none', typ: 'JWT' })}.${part(claims)}.`;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ access_token: token, expires_on: now + 3600, token_type: 'Bearer' }));
    });
    vi.stubEnv('IDENTITY_ENDPOINT', `${identity}/msi/token`);
    vi.stubEnv('IDENTITY_HEADER', 'header');
    cleanups.push(() => Promise.resolve(vi.unstubAllEnvs()));

    const clients = createStorageClients({
      tableServiceUri: emulator.tableUrl,
      queueServiceUri: emulator.queueUrl,
      blobServiceUri: emulator.blobUrl,
      managedIdentityClientId: 'the-identity',
    });
    const table = createAzureTables(clients).table('rows');
    const etag = await table.insert({ partitionKey: 'p', rowKey: 'r', n: 1 });
    const stale = etag.replace(/\d(?=Z)/, (digit) => String((Number(digit) + 1) % 10));
    await expect(table.transact('p', [{ remove: { rowKey: 'r' }, etag: stale }])).rejects.toBeInstanceOf(RowConflict);
    await table.transact('p', [{ remove: { rowKey: 'r' }, etag }, { insert: { partitionKey: 'p', rowKey: 's' } }]);
    expect((await table.get('p', 's'))?.row).toEqual({ partitionKey: 'p', rowKey: 's' });
    await createAzureQueue(clients, 'content').send('message', 0);
    const { receivedMessageItems } = await clients.queues.getQueueClient('content').receiveMessages();
    expect(receivedMessageItems.map(({ messageText }) => messageText)).toEqual(['message']);
    await clients.blobs.getContainerClient('saved').create();

    expect(asked.length).toBeGreaterThan(0);
    for (const query of asked) {
      expect(query.get('client_id')).toBe('the-identity');
      expect(query.get('resource')).toBe('https://storage.azure.com');
    }
  });
});
