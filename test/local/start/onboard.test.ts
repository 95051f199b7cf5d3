import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { onboard } from '../../../local/start/onboard.ts';
import { createRelayApi } from '../../../local/start/relay-api.ts';
import type { Clock } from '../../../shared/clock.ts';

const { signal } = new AbortController();
const customer = { tenantId: 't', name: 'Customer' };
const hasty: Clock = { now: () => 0, sleep: () => Promise.resolve() };

/** An app whose invitation leads straight to a page; `state` is what it says of the one tenant it may know. */
async function serve(state: string | undefined, answers: readonly number[]) {
  const calls: string[] = [];
  const server = createServer((request, response) => {
    const call = `${request.method ?? ''} ${request.url ?? ''}`;
    const { port } = server.address() as AddressInfo;
    const invitation = { url: `http://127.0.0.1:${port}/consent/done` };
    if (call === 'GET /api/tenants') {
      const tenants = state === undefined ? [] : [{ tenantId: 't', name: 'Customer', state }];
      response.end(JSON.stringify({ tenants }));
      return;
    }
    calls.push(call);
    if (request.method === 'POST') response.writeHead(201).end(JSON.stringify({ invitation }));
    else
      response.writeHead(answers[calls.filter((one) => one === call).length - 1] ?? 200).end('<h1>A <i>page</i></h1>');
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return { api: createRelayApi(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), calls };
}

async function run(state: string | undefined, answers: readonly number[] = []) {
  const { api, calls } = await serve(state, answers);
  const said: string[] = [];
  await onboard(api, [customer], (line) => said.push(line), hasty, signal);
  return { calls, said };
}

describe('onboarding', () => {
  it('adds a customer that is not there and opens its invitation', async () => {
    expect(await run(undefined)).toEqual({
      calls: ['POST /api/tenants', 'GET /consent/done'],
      said: ['Onboarded Customer (t).'],
    });
  });

  it('makes a new invitation for one that was only invited', async () => {
    expect((await run('invited')).calls).toEqual(['POST /api/tenants/t/invitation', 'GET /consent/done']);
  });

  it.each(['active', 'waiting', 'paused', 'leaving'])('leaves a customer alone that is %s', async (state) => {
    expect(await run(state)).toEqual({ calls: [], said: [] });
  });

  it('tries again while the app starts again', async () => {
    expect((await run('invited', [502, 503])).said).toEqual(['Onboarded Customer (t).']);
  });

  it('gives up after three tries and names customer and page', async () => {
    await expect(run('invited', [502, 502, 502])).rejects.toThrow(
      /^The consent of Customer ended at http:\/\/127.0.0.1:\d+\/consent\/done \(status 502, "A page"\)/,
    );
  });
});
