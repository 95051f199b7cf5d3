import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../../shared/clock.ts';
import { createDeliverer } from '../../../shared/delivery/deliverer.ts';
import type { ContentOutcome, DelivererOptions } from '../../../shared/delivery/deliverer.ts';
import type { Destination } from '../../../shared/delivery/destination.ts';
import { createHttpsDestination } from '../../../shared/delivery/destinations/https.ts';
import type { CutRecord } from '../../../shared/records/cut-record.ts';
import { cuts, ids, inShort } from './picky-destination.ts';
import { startReceiver } from './receiver.ts';
import type { Received } from './receiver.ts';
import { calm, tenantId } from './sample-delivery.ts';

const open: { close(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

interface Request {
  readonly ids: string[];
  readonly received: Received;
  /** How often this body came, this time included. */
  readonly times: number;
}

/** A receiver over HTTP that reads lines as a customer's would, and answers as `answer` says. */
async function receiver(name: string, answer: (response: ServerResponse, request: Request) => void) {
  const had: string[] = [];
  const times = new Map<unknown, number>();
  const { url, received, close } = await startReceiver((response, one) => {
    const lines = one.body.toString().trimEnd().split('\n');
    const sent = lines.map((line) => (JSON.parse(line) as { recordId: string }).recordId);
    const id = one.headers['webhook-id'];
    times.set(id, (times.get(id) ?? 0) + 1);
    response.on('finish', () => {
      if (response.statusCode < 300) had.push(...sent);
    });
    answer(response, { ids: sent, received: one, times: times.get(id) ?? 0 });
  });
  open.push({ close });
  const secrets = [`whsec_${randomBytes(32).toString('base64')}`];
  const settings = { name, type: 'https' as const, url, secrets, compression: 'none' as const };
  return { destination: createHttpsDestination(settings, { clock: systemClock }), received, had };
}

async function deliver(
  destinations: readonly Destination[],
  records: readonly CutRecord[],
  options: Partial<DelivererOptions> = {},
): Promise<ContentOutcome> {
  const deliverer = createDeliverer({
    destinations,
    tenantId,
    customerName: 'Contoso',
    contentType: 'Audit.Exchange',
    hour: '2026-11-22T10',
    clock: systemClock,
    random: { token: () => '', fraction: () => 0 },
    signal: calm(),
    retryPausesMs: [1, 1, 1],
    ...options,
  });
  const names = destinations.map(({ name }) => name);
  await deliverer.offer('c', records, names);
  return deliverer.finish('c', names);
}

const json = records(cuts(300));

/** Bodies that are JSON, since the receiver reads them. */
function records(plain: readonly CutRecord[]): CutRecord[] {
  return plain.map((one) => ({ ...one, bytes: Buffer.from(`{"Id":"${String(one.id)}","n":12345678901234567890}`) }));
}

test('422 for one record: its neighbours arrive once and in order, the reason is the answer, fit to be shown', async () => {
  const { destination, had } = await receiver('soc', (response, request) => {
    if (!request.ids.includes('123')) response.writeHead(202).end();
    else response.writeHead(422).end(`no field\r\n\u001b[31m\u0000 "x" ${'y'.repeat(20_000)}`);
  });
  const outcome = (await deliver([destination], json)).byDestination.get('soc');
  expect(inShort(outcome)).toEqual([299, [123], [], undefined]);
  expect(outcome?.refused[0]?.answer).toMatch(
    /^Destination soc refused a request \(HTTP 422\) and says: no field \[31m "x" y+$/,
  );
  expect(outcome?.refused[0]?.answer.length).toBeLessThanOrEqual(600);
  expect(had).toEqual(ids(0, 300).filter((id) => id !== '123'));
});

test('413 over a size: smaller requests, everything once and in order', async () => {
  const { destination, received, had } = await receiver('soc', (response, { received: { body } }) => {
    response.writeHead(body.length > 10_000 ? 413 : 204).end();
  });
  expect(inShort((await deliver([destination], json)).byDestination.get('soc'))).toEqual([300, [], [], undefined]);
  expect(had).toEqual(ids(0, 300));
  const sizes = received.map(({ body }) => body.length);
  expect(sizes.filter((size) => size > 10_000).length).toBeLessThanOrEqual(4);
  expect(sizes.length).toBeLessThanOrEqual(4 + 17);
});

test('413 for one record by itself: refused with that answer', async () => {
  const { destination, had } = await receiver('soc', (response, request) => {
    response.writeHead(request.ids.includes('7') ? 413 : 204).end();
  });
  const outcome = (await deliver([destination], json)).byDestination.get('soc');
  expect(inShort(outcome)).toEqual([299, [7], [], undefined]);
  expect(outcome?.refused[0]?.answer).toMatch(/HTTP 413/);
  expect(new Set(had).size).toBe(299);
  expect(had).toHaveLength(299);
});

test.each([
  ['429', (response: ServerResponse) => response.writeHead(429, { 'retry-after': '0' }).end()],
  ['500', (response: ServerResponse) => response.writeHead(500).end()],
  ['503', (response: ServerResponse) => response.writeHead(503).end('<html>')],
  ['a reset', (response: ServerResponse) => response.destroy()],
])('%s three times: the same bytes under the same id until they are taken', async (_what, fail) => {
  const { destination, received } = await receiver('soc', (response, { times }) => {
    if (times <= 3) fail(response);
    else response.writeHead(204).end();
  });
  expect(inShort((await deliver([destination], json)).byDestination.get('soc'))).toEqual([300, [], [], undefined]);
  expect(received).toHaveLength(4);
  expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  expect(received.every(({ body }) => body.equals(received[0]?.body ?? Buffer.alloc(0)))).toBe(true);
});

test.each([401, 403, 404, 410, 301])('HTTP %i: misconfigured, in words, after one request', async (status) => {
  const { destination, received } = await receiver('soc', (response) => {
    response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end();
  });
  const outcome = (await deliver([destination], json)).byDestination.get('soc');
  expect(inShort(outcome)).toEqual([0, [], [], 'misconfigured']);
  expect(outcome?.failed?.message).toMatch(
    new RegExp(`^Destination soc turned a request away \\(HTTP ${status}\\); .*\\.$`),
  );
  expect(received).toHaveLength(1);
});

test('one destination refuses everything, another some, a third nothing: each by itself, everything once', async () => {
  const all = await receiver('all', (response) => response.writeHead(400).end('bad schema'));
  const some = await receiver('some', (response, request) => {
    response.writeHead(request.ids.some((id) => Number(id) % 100 === 50) ? 400 : 200).end();
  });
  const none = await receiver('none', (response) => response.writeHead(200).end());
  const destinations = [all.destination, some.destination, none.destination];
  const { byDestination } = await deliver(destinations, json);
  expect(inShort(byDestination.get('all'))).toEqual([0, [], expect.any(Array), 'refused']);
  expect(byDestination.get('all')?.failed?.message).toMatch(/check what it accepts.*HTTP 400.*bad schema$/);
  expect(inShort(byDestination.get('some'))).toEqual([297, [50, 150, 250], [], undefined]);
  expect(inShort(byDestination.get('none'))).toEqual([300, [], [], undefined]);
  expect(none.received).toHaveLength(1);
  expect(some.had).toEqual(ids(0, 300).filter((id) => Number(id) % 100 !== 50));
});

test('a refusal without a word says so', async () => {
  const { destination } = await receiver('soc', (response, request) => {
    response.writeHead(request.ids.includes('0') ? 400 : 204).end();
  });
  const outcome = (await deliver([destination], records(cuts(2)))).byDestination.get('soc');
  expect(outcome?.refused[0]?.answer).toBe('Destination soc refused a request (HTTP 400) without a word');
});
