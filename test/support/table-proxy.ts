import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** What becomes of a request: done and answered; refused without being done; done, but its answer never arrives. */
export type Fate = 'answered' | 'refused' | 'unheard';

export interface TableProxy {
  readonly url: string;
  /** Decides by method and path, e.g. `PUT /devstoreaccount1/tenants(PartitionKey='…',RowKey='…')`. */
  fate: (request: string) => Fate;
  close(): Promise<void>;
}

/**
 * Stands between the app and the emulator's tables, to let single operations fail.
 * @param delayMs before each request, as the way to a storage account takes
 */
export async function startTableProxy(tableUrl: string, delayMs = 0): Promise<TableProxy> {
  const target = new URL(tableUrl);
  const agent = new http.Agent({ keepAlive: true });
  const server = http.createServer((request, response) => {
    const fate = proxy.fate(`${request.method ?? ''} ${decodeURIComponent(request.url ?? '')}`);
    if (fate === 'refused') {
      // A status that the client library does not try again.
      const error = { 'odata.error': { code: 'AuthorizationFailure', message: { value: 'Not now.' } } };
      request.resume();
      response.writeHead(403, { 'content-type': 'application/json' }).end(JSON.stringify(error));
      return;
    }
    const { hostname, port } = target;
    const onward = http.request(
      { agent, hostname, port, method: request.method, path: request.url, headers: request.headers },
      (answer) => {
        if (fate === 'unheard') {
          answer.resume();
          answer.on('end', () => request.socket.destroy());
          return;
        }
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on('error', () => request.socket.destroy());
    if (delayMs === 0) request.pipe(onward);
    else setTimeout(() => request.pipe(onward), delayMs);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: TableProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${target.pathname}`,
    fate: () => 'answered',
    async close() {
      agent.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return proxy;
}
