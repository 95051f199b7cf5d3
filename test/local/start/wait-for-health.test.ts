import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { waitForHealth } from '../../../local/start/wait-for-health.ts';
import { createRelayApi } from '../../../local/start/relay-api.ts';
import type { Clock } from '../../../shared/clock.ts';

async function serve(answer: (path: string) => { status: number; body: string }): Promise<string> {
  const server = createServer((request, response) => {
    const { status, body } = answer(request.url ?? '');
    response.writeHead(status).end(body);
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function jumpingClock(): Clock {
  let time = 0;
  return {
    now: () => time,
    sleep(milliseconds) {
      time += milliseconds;
      return Promise.resolve();
    },
  };
}

const { signal } = new AbortController();

describe('waiting for health', () => {
  it('ends when the app is well', async () => {
    let asked = 0;
    const url = await serve(() => ({ status: (asked += 1) < 3 ? 503 : 200, body: '{"status":"ok"}' }));
    await waitForHealth(url, 10_000, jumpingClock(), signal);
    expect(asked).toBe(3);
  });

  it('gives up with the app’s own reasons', async () => {
    const url = await serve((path) => ({ status: 503, body: path === '/api/health' ? 'PUBLIC_URL is missing.' : '' }));
    await expect(waitForHealth(url, 1_000, jumpingClock(), signal)).rejects.toThrow(
      'The app does not run: PUBLIC_URL is missing.',
    );
  });

  it('gives up with the status where the app has no reasons', async () => {
    const url = await serve(() => ({ status: 404, body: '' }));
    await expect(waitForHealth(url, 0, jumpingClock(), signal)).rejects.toThrow(
      'GET /health answered 404; see the log',
    );
  });

  it('ends when told to', async () => {
    const url = await serve(() => ({ status: 503, body: '' }));
    await expect(waitForHealth(url, 1_000, jumpingClock(), AbortSignal.abort(new Error('stop')))).rejects.toThrow(
      'stop',
    );
  });
});

describe('the app’s API', () => {
  it('fails with the app’s sentence, or the status without one', async () => {
    const body = JSON.stringify({ error: { code: 'x', message: 'It is there already.' } });
    const url = await serve((path) => (path === '/api/tenants' ? { status: 409, body } : { status: 500, body: '' }));
    const api = createRelayApi(url);
    await expect(api.add('name', 'tenant', signal)).rejects.toThrow('POST /api/tenants failed: It is there already.');
    await expect(api.tenant('a', signal)).rejects.toThrow('GET /api/tenants/a failed: it answered 500; see the log.');
  });
});
