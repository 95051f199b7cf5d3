import type { ServerResponse } from 'node:http';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { consoleDestinations } from '../../functions/console-destinations.ts';
import { hourOf } from '../../shared/activity-api/hours.ts';
import { createDestinationMarkStore } from '../../shared/state/destination-marks.ts';
import { createMarkStore } from '../../shared/state/marks.ts';
import { type Receiver, startReceiver } from '../shared/delivery/receiver.ts';
import { contoso, type RelayEnvironment, startRelayEnvironment } from '../support/relay-environment.ts';
import { type ConsoleOperator, signedIn } from './console-operator.ts';
import { parkedRow, putIntoLedger } from './parked-rows.ts';

const path = '/console/destinations';
const now = Date.now();
const evil = `<script>alert(1)</script>`;

let environment: RelayEnvironment;
let receiver: Receiver;
let answer: (response: ServerResponse) => unknown;
let operator: ConsoleOperator;
beforeAll(async () => {
  receiver = await startReceiver((response) => answer(response));
  environment = await startRelayEnvironment({
    DESTINATIONS: 'soc,local',
    DESTINATION_SOC_TYPE: 'https',
    DESTINATION_SOC_URL: receiver.url,
    DESTINATION_SOC_SECRET: `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`,
  });
  operator = await signedIn(environment, 'Operator');
});
afterAll(async () => {
  receiver.close();
  await environment.close();
});

const open = (who = operator) => who.open(consoleDestinations, path);
const send = (fields: Record<string, string>) => operator.send(consoleDestinations, path, fields);
const rowOf = (text: string, name: string): string =>
  new RegExp(`<th scope="row">${name}</th>.*?</tr>`, 's').exec(text)?.[0] ?? '';

it('says that all is well', async () => {
  const { status, text } = await open();
  expect(status).toBe(200);
  for (const name of ['soc', 'local']) expect(rowOf(text, name)).toMatch(/works.*0 contents.*not noted/s);
  expect(text).not.toMatch(/state bad|there may be more/);
});

it('says what fails, escaped, and how much waits for whom', async () => {
  await createMarkStore(environment.tables).set('credential', 'entra', {
    until: now + 600_000,
    times: 1,
    reason: `The secret has expired ${evil}.`,
  });
  await createDestinationMarkStore(environment.tables).write(
    'soc',
    {
      standing: 'down',
      until: now + 60_000,
      since: Date.parse('2026-11-22T10:30:00Z'),
      times: 3,
      reason: `It says ${evil}`,
      takenAt: Date.parse('2026-11-22T10:29:00Z'),
      probeSentAt: undefined,
    },
    undefined,
  );
  const waiting = { state: 'waiting', owed: ['soc'] } as const;
  await putIntoLedger(environment.tables, { tenantId: contoso.tenantId, contentType: 'DLP.All' }, hourOf(now), [
    parkedRow('one', now, waiting),
    parkedRow('two', now, { ...waiting, owed: ['soc', 'local'], state: 'queued' }),
    parkedRow('parked', now),
  ]);
  const { text } = await open();
  expect(text).toMatch(/fails<\/span>\s*The secret has expired &lt;script/);
  expect(rowOf(text, 'soc')).toMatch(
    /down<\/span>\s*It says &lt;script.*Failed 3 times in a row since 2026-11-22T10:30:00Z/s,
  );
  expect(rowOf(text, 'soc')).toMatch(/2 contents.*22 Nov 2026, 10:29 UTC/s);
  expect(rowOf(text, 'local')).toMatch(/works.*1 content</s);
  expect(text).not.toContain('<script');
});

it.each([
  [204, '', '<p class="notice" role="status">Destination soc took the test record.'],
  [
    422,
    evil,
    '<p class="notice bad" role="alert">Destination soc refused a request (HTTP 422) and says: &lt;script&gt;alert(1)&lt;/script&gt;',
  ],
  [503, '', '<p class="notice bad" role="alert">Destination soc cannot take records now (HTTP 503)'],
])('sends a test record and says what HTTP %i means', async (code, body, words) => {
  answer = (response) => response.writeHead(code).end(body);
  const before = receiver.received.length;
  const sent = await send({ destination: 'soc' });
  expect([sent.status, sent.headers.get('location')]).toEqual([303, path]);
  const { text } = await operator.follow(sent, consoleDestinations);
  expect(text).toContain(words);
  expect(text).not.toContain('<script');
  expect(receiver.received).toHaveLength(before + 1);
});

it.each<[string, Record<string, string>]>([
  ['no destination', {}],
  ['one that is none', { destination: 'sock' }],
  ['script', { destination: evil }],
  ['a long name', { destination: 'x'.repeat(10_000) }],
])('refuses %s', async (_, fields) => {
  const { status, text } = await send(fields);
  expect(status).toBe(404);
  expect(text).toContain('There is no destination of that name: choose from soc, local.');
  expect(text).not.toMatch(/<script|xxxx/);
});

it('lets a Reader look and send nothing', async () => {
  const reader = await signedIn(environment, 'Reader');
  expect((await open(reader)).text).not.toContain('Send a test record');
  const before = receiver.received.length;
  expect((await reader.send(consoleDestinations, path, { destination: 'soc' })).status).toBe(403);
  expect(receiver.received).toHaveLength(before);
});
