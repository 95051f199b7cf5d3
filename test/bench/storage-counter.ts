import { startTableProxy, type TableProxy } from '../support/table-proxy.ts';

/** What can be asked of tables, queues and blobs; everything else counts as `other`. */
export const storageKinds = [
  'table get',
  'table query',
  'table insert',
  'table replace',
  'table delete',
  'table transaction',
  'queue put',
  'queue get',
  'queue update',
  'queue delete',
  'blob write',
  'blob read',
  'blob delete',
  'other',
] as const;

export type StorageKind = (typeof storageKinds)[number];
export type StorageCounts = ReadonlyMap<StorageKind | 'listing cycles', number>;

/** Counts what goes past it to a storage account. */
export interface StorageCounter extends AsyncDisposable {
  /** @returns the connection string of the way past the counter */
  open(connectionString: string): Promise<string>;
  counts(): StorageCounts;
  reset(): void;
}

/** @param delayMs before each request, as the way to a storage account takes */
export function createStorageCounter(delayMs = 0): StorageCounter {
  const proxies: TableProxy[] = [];
  let counts = new Map<StorageKind | 'listing cycles', number>();
  const count = (kind: StorageKind | 'listing cycles'): void => {
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  };
  return {
    async open(connectionString) {
      let way = connectionString;
      for (const service of ['Blob', 'Queue', 'Table'] as const) {
        const url = new RegExp(`${service}Endpoint=([^;]*)`).exec(connectionString)?.[1];
        if (url === undefined) throw new Error(`The connection string names no ${service}Endpoint.`);
        const proxy = await startTableProxy(url, delayMs);
        proxy.fate = (request) => {
          count(kindOf(service, request));
          if (isCycle(request)) count('listing cycles');
          return 'answered';
        };
        proxies.push(proxy);
        way = way.replace(url, proxy.url);
      }
      return way;
    },
    counts: () => counts,
    reset() {
      counts = new Map();
    },
    async [Symbol.asyncDispose]() {
      for (const proxy of proxies) await proxy.close();
    },
  };
}

/** Each listing cycle begins with its number. */
const isCycle = (request: string): boolean => /^GET \S*\/marks\(PartitionKey='cycle'/.test(request);

/** @param request method and path, e.g. `PUT /devstoreaccount1/tenants(PartitionKey='…',RowKey='…')` */
export function kindOf(service: 'Blob' | 'Queue' | 'Table', request: string): StorageKind {
  const [method = '', path = ''] = request.split(/ (.*)/s);
  if (service === 'Table') {
    if (path.includes('/$batch')) return 'table transaction';
    if (/\/Tables\b/.test(path)) return 'other';
    if (method === 'GET') return path.includes('(PartitionKey=') ? 'table get' : 'table query';
    if (method === 'POST') return 'table insert';
    return method === 'DELETE' ? 'table delete' : 'table replace';
  }
  if (service === 'Queue') {
    if (!/\/messages(?:[/?]|$)/.test(path)) return 'other';
    if (method === 'POST') return 'queue put';
    if (method === 'GET') return 'queue get';
    return method === 'PUT' ? 'queue update' : 'queue delete';
  }
  if (/[?&]restype=container/.test(path)) return 'other';
  if (method === 'PUT') return 'blob write';
  return method === 'DELETE' ? 'blob delete' : 'blob read';
}
