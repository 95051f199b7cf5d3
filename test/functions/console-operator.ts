import { randomBytes } from 'node:crypto';

import type { HttpHandler } from '@azure/functions';

import { sessionCookie } from '../../shared/console/console-session.ts';
import { sha256 } from '../../shared/hash.ts';
import { createSessionStore, type OperatorRole } from '../../shared/state/sessions.ts';
import { type Answer, call } from '../support/call-function.ts';
import { publicUrl, type RelayEnvironment } from '../support/relay-environment.ts';

export const operatorName = 'Olivia Operator';

/** Somebody in the console, with the browser they sit at. */
export interface ConsoleOperator {
  /** For requests that no page of ours would send. */
  readonly cookie: string;
  open(handler: HttpHandler, path: string, params?: Readonly<Record<string, string>>): Promise<Answer>;
  /** Sends a form of that page: with its CSRF token, unless `fields` has one. */
  send(
    handler: HttpHandler,
    path: string,
    fields: Readonly<Record<string, string>> | URLSearchParams,
    params?: Readonly<Record<string, string>>,
  ): Promise<Answer>;
  /** The page that an answer leads to, which says the notice that came with it. */
  follow(answer: Answer, handler: HttpHandler, params?: Readonly<Record<string, string>>): Promise<Answer>;
}

/** A session as a sign-in leaves it behind. */
export async function signedIn(environment: RelayEnvironment, role: OperatorRole): Promise<ConsoleOperator> {
  const id = randomBytes(32).toString('base64url');
  const now = Date.now();
  await createSessionStore(environment.tables).add({
    hash: sha256(id),
    objectId: '33333333-2222-3333-4444-555555555555',
    name: operatorName,
    role,
    signedInAt: now,
    expires: now + 3_600_000,
  });
  const cookie = `${sessionCookie}=${id}`;
  // It is the session's, whatever the page.
  let csrf: string | undefined;
  const csrfOn = async (...page: Parameters<ConsoleOperator['open']>): Promise<string> =>
    (csrf ??= /name="csrf" value="([^"]+)"/.exec((await operator.open(...page)).text)?.[1]) ?? '';
  const operator: ConsoleOperator = {
    cookie,
    open: (handler, path, params = {}) => call(handler, { path, params, headers: { cookie } }),
    async send(handler, path, fields, params = {}) {
      const form = new URLSearchParams(fields);
      if (!form.has('csrf')) form.set('csrf', await csrfOn(handler, path, params));
      const type = 'application/x-www-form-urlencoded';
      const headers = { cookie, origin: publicUrl, 'content-type': type };
      return call(handler, { method: 'POST', path, params, headers, body: form.toString() });
    },
    follow(answer, handler, params = {}) {
      const path = answer.headers.get('location') ?? '';
      const cookies = answer.cookies.map(({ name, value }) => `${name}=${value}`);
      return call(handler, { path, params, headers: { cookie: [cookie, ...cookies].join('; ') } });
    },
  };
  return operator;
}
