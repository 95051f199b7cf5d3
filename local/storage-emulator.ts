import { mkdir } from 'node:fs/promises';
import type { IncomingMessage, Server } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { keepSnapshots, type EmulatorDatabase, type StorageSnapshots } from './storage-snapshots.ts';

export interface StorageEmulatorOptions {
  /** Where everything is kept; without it the storage lives in memory. */
  readonly directory?: string;
  /** PEM files. With them the emulator speaks https and takes OAuth tokens, as Azure does. */
  readonly certificate?: { readonly cert: string; readonly key: string };
}

export interface StorageEmulator {
  readonly connectionString: string;
  readonly blobUrl: string;
  readonly queueUrl: string;
  readonly tableUrl: string;
  /** Answers what is under way, saves everything, frees the ports. */
  close: () => Promise<void>;
}

interface AzuriteServer {
  readonly httpServer: Server;
  readonly metadataStore: { readonly db: EmulatorDatabase };
  readonly extentMetadataStore?: { readonly db: EmulatorDatabase };
  start(): Promise<void>;
  close(): Promise<void>;
  getHttpServerAddress(): string;
}

type AzuriteClass = new (...parameters: unknown[]) => unknown;

// The account that every storage emulator serves, published with its key by Microsoft: no secret.
const account = 'devstoreaccount1';
const accountKey = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';
const keepAliveSeconds = 5;
const snapshotIntervalMs = 1000;
const patienceMs = 2000;

const require = createRequire(import.meta.url);
// The package's main is an editor extension and its command line reads our argv; the servers lie beneath.
const azurite = (path: string): AzuriteClass =>
  (require(`azurite/dist/src/${path}`) as { default: AzuriteClass }).default;

const build = (path: string, configuration: unknown): AzuriteServer =>
  new (azurite(path))(configuration) as AzuriteServer;

/** Settings in the order of Azurite's constructors, which blobs and queues share and tables do not. */
function buildServers({ directory, certificate }: StorageEmulatorOptions): AzuriteServer[] {
  const place = (name: string): string => join(directory ?? '', name);
  const common = [
    false, // loose
    true, // skip the check of the API version: the SDK is ahead of the emulator
    certificate?.cert ?? '',
    certificate?.key ?? '',
    '',
    certificate ? 'basic' : undefined,
    true, // the account is in the path, never in the host name
    directory === undefined,
  ];
  const withBodies = (name: string): unknown[] => [
    '127.0.0.1',
    0,
    keepAliveSeconds,
    place(`${name}s.json`),
    place(`${name}-bodies.json`),
    [{ locationId: 'Default', locationPath: place(`${name}-bodies`), maxConcurrency: 50 }],
    false,
    undefined,
    false,
    undefined,
    ...common,
  ];
  const tables = ['127.0.0.1', 0, keepAliveSeconds, place('tables.json'), false, false, undefined, undefined];
  const blobServer = build('blob/BlobServer', new (azurite('blob/BlobConfiguration'))(...withBodies('blob')));
  const queueServer = build('queue/QueueServer', new (azurite('queue/QueueConfiguration'))(...withBodies('queue')));
  const tableServer = build('table/TableServer', new (azurite('table/TableConfiguration'))(...tables, ...common));
  queueServer.httpServer.prependListener('request', decodeWhole);
  tableServer.httpServer.prependListener('request', decodeWhole);
  return [blobServer, queueServer, tableServer];
}

/** Azurite decodes bodies chunk by chunk, which breaks characters that lie across two; batches and blobs it joins first. */
function decodeWhole(request: IncomingMessage): void {
  if (request.headers['content-type']?.startsWith('multipart/') !== true) request.setEncoding('utf8');
}

async function startServers(servers: readonly AzuriteServer[]): Promise<void> {
  const outcomes = await Promise.allSettled(servers.map((server) => server.start()));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (!failed) return;
  await Promise.allSettled(servers.map((server) => server.close()));
  throw failed.reason;
}

/** Lets what is under way be answered, but not for ever. Azurite's own `stop` cuts connections in the middle of a request. */
const stopListening = ({ httpServer }: AzuriteServer): Promise<void> =>
  new Promise((resolve) => {
    const idle = setInterval(() => {
      httpServer.closeIdleConnections();
    }, 20);
    const impatient = setTimeout(() => {
      httpServer.closeAllConnections();
    }, patienceMs);
    httpServer.close(() => {
      clearInterval(idle);
      clearTimeout(impatient);
      resolve();
    });
  });

async function closeServers(servers: readonly AzuriteServer[], snapshots: StorageSnapshots | undefined): Promise<void> {
  snapshots?.stop();
  // Azurite closes its files without waiting for requests; what was answered must be in the last snapshot.
  await Promise.all(servers.map(stopListening));
  await snapshots?.save();
  await Promise.all(servers.map((server) => server.close()));
}

const databasesOf = (server: AzuriteServer): EmulatorDatabase[] => [
  server.metadataStore.db,
  ...(server.extentMetadataStore ? [server.extentMetadataStore.db] : []),
];

/**
 * Starts Azurite in this process: blobs, queues and tables on free ports of 127.0.0.1. With a directory, a snapshot of all
 * three is written every second (less often once it takes over 100 ms); a kill loses at most what came after the last one.
 * @throws Error if the directory cannot be used or holds files that cannot be read
 */
export async function startStorageEmulator(options: StorageEmulatorOptions = {}): Promise<StorageEmulator> {
  const { directory } = options;
  let servers: AzuriteServer[];
  try {
    if (directory !== undefined) await mkdir(directory, { recursive: true });
    servers = buildServers(options);
    await startServers(servers);
  } catch (error) {
    const place = directory === undefined ? 'in memory' : `with the files in ${directory}; delete them to start afresh`;
    throw new Error(`The storage emulator could not start ${place}.`, { cause: error });
  }
  const snapshots =
    directory === undefined
      ? undefined
      : keepSnapshots(servers.flatMap(databasesOf), snapshotIntervalMs, (error) => {
          console.error(`The storage emulator could not save to ${directory}; it goes on in memory.`, error);
        });
  const [blobUrl = '', queueUrl = '', tableUrl = ''] = servers.map(
    (server) => `${server.getHttpServerAddress()}/${account}`,
  );
  let closing: Promise<void> | undefined;
  return {
    connectionString: [
      `DefaultEndpointsProtocol=${options.certificate ? 'https' : 'http'}`,
      `AccountName=${account}`,
      `AccountKey=${accountKey}`,
      `BlobEndpoint=${blobUrl}`,
      `QueueEndpoint=${queueUrl}`,
      `TableEndpoint=${tableUrl};`,
    ].join(';'),
    blobUrl,
    queueUrl,
    tableUrl,
    close: () => (closing ??= closeServers(servers, snapshots)),
  };
}
