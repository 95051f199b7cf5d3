import { createHmac } from 'node:crypto';

import { sha256 } from '../hash.ts';
import { readCookie } from '../http/cookies.ts';
import type { Relay } from '../relay.ts';
import type { Session } from '../state/sessions.ts';
import { type Notice, readNotice } from './notice.ts';

/** Holds the session's id, of which the table knows only the hash. */
export const sessionCookie = '__Host-session';

/** An operator who is signed in, as a page of the console needs to know them. */
export interface ConsoleSession extends Session {
  /** Must come with every form: another site cannot read it. */
  readonly csrf: string;
  /** What the step before this page came to, for this page to say. */
  readonly notice: Notice | undefined;
}

const mostIdCharacters = 100;

function sessionIdOf(header: string | null): string | undefined {
  const id = readCookie(header, sessionCookie) ?? '';
  return id === '' || id.length > mostIdCharacters ? undefined : id;
}

/**
 * The session that a request belongs to. It is found by the hash of its id, so that no comparison of secrets takes time by
 * how alike they are.
 * @param header the `cookie` header @throws StorageError
 */
export async function findSession(
  { sessions, clock }: Pick<Relay, 'sessions' | 'clock'>,
  header: string | null,
): Promise<ConsoleSession | undefined> {
  const id = sessionIdOf(header);
  if (id === undefined) return undefined;
  const session = await sessions.get(sha256(id));
  if (session === undefined || session.expires <= clock.now()) return undefined;
  return { ...session, csrf: csrfOf(id), notice: readNotice(header) };
}

/** Ends the session of this browser, if it has one. @param header the `cookie` header @throws StorageError */
export async function endSession({ sessions }: Pick<Relay, 'sessions'>, header: string | null): Promise<void> {
  const id = sessionIdOf(header);
  if (id !== undefined) await sessions.remove(sha256(id));
}

/** Derived from the session's id, so that nothing is stored and nobody knows it who cannot see the cookie. */
const csrfOf = (id: string): string => createHmac('sha256', id).update('csrf').digest('base64url');
