import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { BlobSASPermissions } from '@azure/storage-blob';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startStorageEmulator, type StorageEmulator } from '../../local/storage-emulator.ts';
import { keepSnapshots, type EmulatorDatabase } from '../../local/storage-snapshots.ts';
import { createAzureQueue } from '../../shared/state/azure-queue.ts';
import { createAzureTables } from '../../shared/state/azure-tables.ts';
import { createStorageClients, type StorageClients } from '../../shared/state/storage-clients.ts';

let directory: string;
const running: StorageEmulator[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'relay-'));
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((emulator) => emulator.close()));
  await rm(directory, { recursive: true, force: true });
});

async function start(place?: string): Promise<{ emulator: StorageEmulator; clients: StorageClients }> {
  const emulator = await startStorageEmulator(place === undefined ? {} : { directory: place });
  running.push(emulator);
  return { emulator, clients: createStorageClients({ connectionString: emulator.connectionString }) };
}

const row = { partitionKey: 'p', rowKey: 'r', text: 'é', n: 1.5 };

async function write(clients: StorageClients): Promise<string> {
  const etag = await createAzureTables(clients).table('rows').put(row);
  await createAzureQueue(clients, 'content').send('{"message":"é"}', 0);
  const container = clients.blobs.getContainerClient('saved');
  await container.createIfNotExists();
  await container.getBlockBlobClient('a/b').uploadData(Buffer.from('body é'));
  return etag;
}

async function expectAll(clients: StorageClients, etag: string): Promise<void> {
  expect(await createAzureTables(clients).table('rows').get('p', 'r')).toEqual({ row, etag });
  const { receivedMessageItems } = await clients.queues.getQueueClient('content').receiveMessages();
  expect(receivedMessageItems.map(({ messageText }) => messageText)).toEqual(['{"message":"é"}']);
  const body = await clients.blobs.getContainerClient('saved').getBlobClient('a/b').downloadToBuffer();
  expect(body.toString()).toBe('body é');
}

describe('storage emulator', () => {
  it('serves blobs, queues and tables on loopback, several at once, and writes no file without a directory', async () => {
    const [one, two] = [await start(), await start()];
    await expectAll(one.clients, await write(one.clients));
    for (const url of [one.emulator.blobUrl, one.emulator.queueUrl, one.emulator.tableUrl]) {
      expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/devstoreaccount1$/);
      expect(one.emulator.connectionString).toContain(`=${url};`);
    }
    expect(await createAzureTables(two.clients).names('')).toEqual([]);
    await expect(access('tables.json')).rejects.toThrow();
  });

  it('keeps everything over a close and a new start', async () => {
    const first = await start(join(directory, 'made', 'when', 'missing'));
    const etag = await write(first.clients);
    await first.emulator.close();
    await first.emulator.close();
    const second = await start(join(directory, 'made', 'when', 'missing'));
    await expectAll(second.clients, etag);
  });

  it('what was answered before a close is kept, however late it came', async () => {
    const { emulator, clients } = await start(directory);
    const limited = {
      ...clients,
      table: (name: string) => clients.table(name),
      timeLimit: () => AbortSignal.timeout(1000),
    };
    const table = createAzureTables(limited).table('rows');
    await table.put(row);
    let closing: Promise<void> | undefined;
    const writes = Array.from({ length: 40 }, async (_, i) => {
      await table.insert({ partitionKey: 'late', rowKey: `r${i}` });
      closing ??= emulator.close();
      return `r${i}`;
    });
    const outcomes = await Promise.allSettled(writes);
    await closing;
    const answered = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    expect(answered.length).toBeGreaterThan(0);
    const again = createAzureTables((await start(directory)).clients).table('rows');
    const kept = new Set<string>();
    for await (const stored of again.query({ partitionKey: 'late' })) kept.add(stored.row.rowKey);
    expect(answered.filter((rowKey) => !kept.has(rowKey))).toEqual([]);
  });

  it('waits for a client that stops half way, but not for ever', async () => {
    const { emulator, clients } = await start(directory);
    const container = clients.blobs.getContainerClient('saved');
    await container.create();
    const signed = await container.getBlockBlobClient('a').generateSasUrl({
      permissions: BlobSASPermissions.parse('cw'),
      expiresOn: new Date(Date.now() + 3_600_000),
    });
    const { hostname, port, pathname, search } = new URL(signed);
    const socket = connect(Number(port), hostname);
    const closed = once(socket, 'close');
    const head = [
      `PUT ${pathname}${search} HTTP/1.1`,
      'host: 127.0.0.1',
      'x-ms-version: 2020-10-02',
      'x-ms-blob-type: BlockBlob',
      'content-length: 10',
      'expect: 100-continue',
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\nhalf`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1.1 100 Continue/);
    const started = performance.now();
    await emulator.close();
    await closed;
    expect(performance.now() - started).toBeGreaterThan(1900);
  });

  it('keeps what is older than its last snapshot over a kill', async () => {
    const script = join(import.meta.dirname, '../support/storage-emulator-process.ts');
    const child = spawn(process.execPath, [script, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(child, 'exit');
    try {
      const [connectionString] = (await once(createInterface(child.stdout), 'line')) as [string];
      const clients = createStorageClients({ connectionString });
      const etag = await write(clients);
      await createAzureTables(clients).table('rows').put({ partitionKey: 'last', rowKey: 'written' });
      await vi.waitFor(
        async () => {
          expect(await readFile(join(directory, 'tables.json'), 'utf8')).toContain('"written"');
          expect(await readFile(join(directory, 'queues.json'), 'utf8')).toContain('"content"');
          expect(await readFile(join(directory, 'blobs.json'), 'utf8')).toContain('"a/b"');
        },
        { timeout: 10_000, interval: 50 },
      );
      child.kill('SIGKILL');
      await exited;
      await expectAll((await start(directory)).clients, etag);
    } finally {
      child.kill('SIGKILL');
      await exited;
    }
  });

  it('says which files it could not read', async () => {
    await writeFile(join(directory, 'tables.json'), '{ not json');
    await expect(startStorageEmulator({ directory })).rejects.toThrow(
      `The storage emulator could not start with the files in ${directory}; delete them to start afresh.`,
    );
    expect(await readdir(directory)).toContain('tables.json');
    await rm(join(directory, 'tables.json'));
    const { clients } = await start(directory);
    await expectAll(clients, await write(clients));
  });

  it('says so when its directory is a file', async () => {
    await writeFile(join(directory, 'file'), '');
    await expect(startStorageEmulator({ directory: join(directory, 'file') })).rejects.toThrow(/could not start/);
  });
});

describe('snapshots', () => {
  const database = (outcomes: unknown[]): EmulatorDatabase & { saves: number; dirty: boolean; autosaves: boolean } => ({
    saves: 0,
    dirty: true,
    autosaves: true,
    autosaveDisable() {
      this.autosaves = false;
    },
    autosaveDirty() {
      return this.dirty;
    },
    saveDatabase(done) {
      this.saves += 1;
      done(outcomes.shift());
    },
  });

  it('save what has changed, and go on after an error', async () => {
    const [changed, same] = [database([new Error('disk full')]), database([])];
    same.dirty = false;
    const errors: unknown[] = [];
    const snapshots = keepSnapshots([changed, same], 1, (error) => errors.push(error));
    await vi.waitFor(() => {
      expect(changed.saves).toBeGreaterThan(2);
    });
    snapshots.stop();
    expect(errors).toEqual([new Error('disk full')]);
    expect([same.saves, same.autosaves, changed.autosaves]).toEqual([0, false, false]);
  });

  it('the last one tells its error to who asked for it', async () => {
    const snapshots = keepSnapshots([database(['no error object'])], 3_600_000, () => undefined);
    snapshots.stop();
    await expect(snapshots.save()).rejects.toThrow('could not be written');
  });
});
