import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { consoleCustomers } from '../../functions/console.ts';
import { consoleSignIn } from '../../functions/console-sign-in.ts';
import { consoleSignOut } from '../../functions/console-sign-out.ts';
import { signinCallback } from '../../functions/signin-callback.ts';
import { sha256 } from '../../shared/hash.ts';
import { createSessionStore, type SessionStore } from '../../shared/state/sessions.ts';
import { answerOfMicrosoft, type Browser, createBrowser } from '../support/browser.ts';
import { type Answer, call } from '../support/call-function.ts';
import {
  contoso,
  homeTenantId,
  publicUrl,
  type RelayEnvironment,
  startRelayEnvironment,
} from '../support/relay-environment.ts';

let environment: RelayEnvironment;
let sessions: SessionStore;
let browser: Browser;
beforeAll(async () => {
  environment = await startRelayEnvironment();
  sessions = createSessionStore(environment.tables);
});
beforeEach(() => {
  browser = createBrowser();
});
afterEach(async () => {
  environment.simulator.switches.reset();
  environment.proxy.fate = () => 'answered';
  for (const { hash } of await sessions.all()) await sessions.remove(hash);
});
afterAll(() => environment.close());

async function press(fields: Record<string, string> = {}, headers: Record<string, string> = {}): Promise<Answer> {
  const answer = await call(consoleSignIn, {
    method: 'POST',
    path: '/console/sign-in',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      origin: publicUrl,
      ...(browser.cookies.size > 0 && { cookie: browser.header() }),
      ...headers,
    },
    body: new URLSearchParams(fields).toString(),
  });
  for (const { name, value } of answer.cookies) browser.cookies.set(name, value);
  return answer;
}

/** Presses the button and signs in as somebody. @returns path and query of our callback */
const callbackOf = async (account: string, fields: Record<string, string> = {}): Promise<string> =>
  answerOfMicrosoft((await press(fields)).headers.get('location') ?? '', 'accept', account);

const signIn = async (account: string, fields: Record<string, string> = {}): Promise<Answer> =>
  browser.open(signinCallback, await callbackOf(account, fields));

const operator = `operator:${homeTenantId}`;
const sessionId = (): string => browser.cookies.get('__Host-session') ?? '';

async function expectOutside(answer: Answer, words: RegExp): Promise<void> {
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(answer.status).toBeLessThan(500);
  expect(answer.text).toMatch(words);
  expect(answer.text).toContain('/console/sign-in');
  expect(answer.text).not.toMatch(/<script|at .*\.ts:\d/i);
  expect(answer.cookies.map(({ name }) => name)).not.toContain('__Host-session');
  expect(await sessions.all()).toEqual([]);
}

describe('the door', () => {
  it('says whose console it is, and has one button', async () => {
    const answer = await call(consoleSignIn, { path: '/console/sign-in' });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('Example Managed Security');
    expect(answer.text.match(/<button\b/g)).toHaveLength(1);
    expect(answer.headers.get('content-security-policy')).toContain(
      `form-action 'self' https: ${environment.simulator.loginUrl};`,
    );
  });

  it('is where everybody lands who is not signed in, with the page that was wanted', async () => {
    const answer = await call(consoleCustomers, { path: '/console?state=audit-off' });
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe(`${publicUrl}/console/sign-in?return=%2Fconsole%3Fstate%3Daudit-off`);
  });

  it('sends to the home directory, with a state, a nonce and a challenge of this browser', async () => {
    const answer = await press({ return: '/console/parked' });
    expect(answer.status).toBe(303);
    const location = new URL(answer.headers.get('location') ?? '');
    expect(location.pathname).toBe(`/${homeTenantId}/oauth2/v2.0/authorize`);
    const state = location.searchParams.get('state') ?? '';
    expect((await environment.consents.state(sha256(state), Date.now()))?.value).toMatchObject({
      purpose: 'console',
      tenantId: homeTenantId,
      invitationHash: '',
      returnTo: '/console/parked',
    });
    expect(answer.cookies.map(({ name }) => name)).toEqual(['__Host-sign-in']);
  });

  it.each(['https://evil.example', 'null', 'http://localhost:7072'])(
    'is not opened by a form on %s: nobody is signed in as somebody else',
    async (origin) => {
      const answer = await press({}, { origin });
      expect(answer.status).toBe(403);
      expect(answer.cookies).toEqual([]);
    },
  );

  it('takes forms only', async () => {
    expect((await press({}, { 'content-type': 'application/json' })).status).toBe(415);
    expect((await press({ return: 'x'.repeat(70_000) })).status).toBe(413);
  });

  it('is served under no name that another site made point here', async () => {
    const answer = await call(consoleSignIn, { path: '/console/sign-in', headers: { host: 'evil.example' } });
    expect(answer.status).toBe(403);
  });
});

describe('signing in', () => {
  it.each([
    ['operator', 'Operator', 'Olivia Operator (operator@security.example)'],
    ['reader', 'Reader', 'Ray Reader (reader@security.example)'],
  ])('lets in an account with a role: %s', async (account, role, name) => {
    const before = Date.now();
    const answer = await signIn(`${account}:${homeTenantId}`, { return: '/console?q=a' });
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe(`${publicUrl}/console?q=a`);
    expect(answer.cookies).toContainEqual({
      name: '__Host-session',
      value: expect.stringMatching(/^[\w-]{43}$/) as string,
      httpOnly: true,
      secure: true,
      sameSite: 'Lax',
      path: '/',
      maxAge: 28_800,
    });
    const [session, ...more] = await sessions.all();
    expect(more).toEqual([]);
    expect(session).toMatchObject({ hash: sha256(sessionId()), name, role });
    const hours = ((session?.expires ?? 0) - before) / 3_600_000;
    expect(hours).toBeGreaterThanOrEqual(8);
    expect(hours).toBeLessThan(8.1);
    expect(JSON.stringify(session)).not.toContain(sessionId());

    const page = await browser.open(consoleCustomers, '/console?q=a');
    expect(page.status).toBe(200);
    expect(page.text).toContain(`${name} (${role})`);
  });

  it.each(['//evil.example', 'https://evil.example/console', '/\\evil.example', '/api/tenants'])(
    'never leads to %s',
    async (wanted) => {
      const answer = await signIn(operator, { return: wanted });
      expect(answer.headers.get('location')).toBe(`${publicUrl}/console`);
    },
  );

  it('takes a new id each time, and ends the session that the browser had: a planted one is worth nothing', async () => {
    const planted = 'planted-by-somebody-else';
    browser.cookies.set('__Host-session', planted);
    await signIn(operator);
    const first = sessionId();
    expect(first).not.toBe(planted);
    expect(await sessions.get(sha256(planted))).toBeUndefined();
    await signIn(operator);
    expect(sessionId()).not.toBe(first);
    expect((await sessions.all()).map(({ hash }) => hash)).toEqual([sha256(sessionId())]);
  });

  it('opens no second session when the callback is refreshed', async () => {
    const callback = await callbackOf(operator);
    expect((await browser.open(signinCallback, callback)).status).toBe(303);
    const again = await browser.open(signinCallback, callback);
    expect(again.headers.get('location')).toBe(`${publicUrl}/console`);
    expect(again.cookies).toEqual([]);
    expect(await sessions.all()).toHaveLength(1);
  });

  it('sweeps sessions that have expired', async () => {
    const old = { objectId: 'x', name: 'Old', role: 'Operator', signedInAt: 0, expires: Date.now() - 1 } as const;
    await sessions.add({ ...old, hash: 'a'.repeat(64) });
    await signIn(operator);
    expect((await sessions.all()).map(({ name }) => name)).toEqual(['Olivia Operator (operator@security.example)']);
  });
});

describe('nobody else gets in', () => {
  it('somebody of the home directory without a role, who is told what to ask for', async () => {
    const answer = await signIn(`nobody:${homeTenantId}`);
    await expectOutside(answer, /app role Operator, or Reader/);
    expect(answer.log.join()).toContain('console-refused');
  });

  it('somebody who made themselves Operator of our app in a directory of their own', async () => {
    environment.simulator.switches.set('forged-id-token', { tid: contoso.tenantId, roles: ['Operator'] });
    await expectOutside(await signIn(operator), /./);
  });

  it('somebody who chooses an account of another directory', async () => {
    await expect(callbackOf(`intruder:${contoso.tenantId}`)).rejects.toThrow('leads nowhere');
    expect(await sessions.all()).toEqual([]);
  });

  it('somebody who cancels', async () => {
    const location = (await press()).headers.get('location') ?? '';
    await expectOutside(await browser.open(signinCallback, await answerOfMicrosoft(location, 'cancel', operator)), /./);
  });

  it('another browser than the one that pressed the button', async () => {
    const callback = await callbackOf(operator);
    browser = createBrowser();
    const answer = await browser.open(signinCallback, callback);
    expect(answer.status).toBe(400);
    expect(await sessions.all()).toEqual([]);
  });

  it.each([
    ['no cookie', undefined],
    ['an unknown id', 'A'.repeat(43)],
    ['an empty id', ''],
    ['a very long id', 'A'.repeat(5000)],
    ['the hash of a session', 'hash'],
  ])('a browser with %s', async (_, cookie) => {
    await signIn(operator);
    const [session] = await sessions.all();
    const id = cookie === 'hash' ? session?.hash : cookie;
    const headers = id === undefined ? undefined : { cookie: `__Host-session=${id}` };
    expect((await call(consoleCustomers, { path: '/console', ...(headers && { headers }) })).status).toBe(303);
  });

  it('a session that has expired or was ended', async () => {
    await signIn(operator);
    const [session] = await sessions.all();
    if (session === undefined) throw new Error('not signed in');
    await sessions.add({ ...session, expires: Date.now() - 1 });
    expect((await browser.open(consoleCustomers, '/console')).status).toBe(303);
    await sessions.add(session);
    expect((await browser.open(consoleCustomers, '/console')).status).toBe(200);
    await sessions.remove(session.hash);
    expect((await browser.open(consoleCustomers, '/console')).status).toBe(303);
  });
});

describe('signing out', () => {
  const signOut = (csrf: string): Promise<Answer> =>
    call(consoleSignOut, {
      method: 'POST',
      path: '/console/sign-out',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        origin: publicUrl,
        cookie: browser.header(),
      },
      body: new URLSearchParams({ csrf }).toString(),
    });

  it.each([operator, `reader:${homeTenantId}`])('ends the session for good: %s', async (account) => {
    await signIn(account);
    const page = await browser.open(consoleCustomers, '/console');
    const answer = await signOut(/name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '');
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe('/console/sign-in');
    expect(answer.cookies).toMatchObject([{ name: '__Host-session', value: '', maxAge: 0 }]);
    expect(await sessions.all()).toEqual([]);
  });

  it('is not done by another site', async () => {
    await signIn(operator);
    expect((await signOut('guessed')).status).toBe(403);
    expect(await sessions.all()).toHaveLength(1);
  });
});

it('says no more than that storage failed', async () => {
  environment.proxy.fate = () => 'refused';
  const answer = await press();
  expect(answer.status).toBe(503);
  expect(answer.text.replace(/<style>[\s\S]*<\/style>/, '')).not.toMatch(/table|Authorization/i);
});
