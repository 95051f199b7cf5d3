import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';

import { consoleCustomers } from '../../functions/console.ts';
import { consoleSessions } from '../../functions/console-sessions.ts';
import { createSessionStore, type SessionStore } from '../../shared/state/sessions.ts';
import { type RelayEnvironment, startRelayEnvironment } from '../support/relay-environment.ts';
import { type ConsoleOperator, signedIn } from './console-operator.ts';

let environment: RelayEnvironment;
let sessions: SessionStore;
let operator: ConsoleOperator;
let reader: ConsoleOperator;
beforeAll(async () => {
  environment = await startRelayEnvironment();
  sessions = createSessionStore(environment.tables);
});
beforeEach(async () => {
  for (const { hash } of await sessions.all()) await sessions.remove(hash);
  operator = await signedIn(environment, 'Operator');
  reader = await signedIn(environment, 'Reader');
});
afterAll(() => environment.close());

const hashOf = async (role: string): Promise<string> => {
  const found = (await sessions.all()).find((session) => session.role === role);
  if (found === undefined) throw new Error(`no ${role}`);
  return found.hash;
};

it('shows who is signed in, and which one this is; who has expired is not', async () => {
  const expired = { hash: 'e'.repeat(64), objectId: 'o', name: 'Old', role: 'Operator', signedInAt: 0 } as const;
  await sessions.add({ ...expired, expires: Date.now() - 1 });
  const { status, text } = await operator.open(consoleSessions, '/console/sessions');
  expect(status).toBe(200);
  expect(text.split('<tbody>')[1]?.match(/<tr>/g)).toHaveLength(2);
  expect(text.match(/this session/g)).toHaveLength(1);
  expect(text).not.toContain('Old');
});

it('lets an Operator end any session, at once', async () => {
  const answer = await operator.send(consoleSessions, '/console/sessions', { session: await hashOf('Reader') });
  expect(answer.status).toBe(303);
  expect(answer.log.join()).toMatch(/"console-session-ended","objectId":"[\w-]{36}","by":"[\w-]{36}"/);
  expect((await operator.follow(answer, consoleSessions)).text).toContain('The session of Olivia Operator is ended.');
  expect((await reader.open(consoleCustomers, '/console')).status).toBe(303);
  expect((await operator.open(consoleCustomers, '/console')).status).toBe(200);
});

it('shows a Reader no button, and takes none of theirs', async () => {
  const { text } = await reader.open(consoleSessions, '/console/sessions');
  expect(text).not.toContain('name="session"');
  const answer = await reader.send(consoleSessions, '/console/sessions', { session: await hashOf('Operator') });
  expect(answer.status).toBe(403);
  expect(answer.log.join()).toContain('{"event":"form-refused","code":"operator_needed"}');
  expect(await sessions.all()).toHaveLength(2);
});

it.each(['', 'unknown', '../tenants', 'x'.repeat(5000), `'"><script>`])('refuses the session %j', async (session) => {
  const answer = await operator.send(consoleSessions, '/console/sessions', { session });
  expect(answer.status).toBe(404);
  expect(answer.text).toContain('has ended already');
  expect(answer.text).not.toContain('<script');
  expect(await sessions.all()).toHaveLength(2);
});

it('refuses a form without a session', async () => {
  expect((await operator.send(consoleSessions, '/console/sessions', {})).status).toBe(404);
});
