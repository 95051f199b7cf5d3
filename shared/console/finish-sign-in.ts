import type { HttpResponseInit } from '@azure/functions';

import { personText } from '../consent/person-text.ts';
import type { SignedInPerson } from '../entra/sign-in.ts';
import { sha256 } from '../hash.ts';
import { hostCookie } from '../http/cookies.ts';
import { seeOther } from '../http/see-other.ts';
import type { Relay } from '../relay.ts';
import type { ConsentState } from '../state/consents.ts';
import { operatorRoles } from '../state/sessions.ts';
import { sessionCookie } from './console-session.ts';
import { signInRefusedPage } from './pages/sign-in-page.ts';
import { returnPath } from './return-path.ts';

const sessionSeconds = 8 * 3600;

/**
 * Somebody signed in at Microsoft for the console. Whoever is of our own directory and has a role in it gets a new session;
 * what an earlier cookie holds plays no part.
 * @param state of purpose `console`, checked and used up @throws StorageError
 */
export async function finishConsoleSignIn(
  relay: Relay,
  state: ConsentState,
  person: SignedInPerson,
): Promise<HttpResponseInit> {
  const { settings, sessions, random, clock, log } = relay;
  // Before any role is looked at: everybody may assign our app's roles in a directory of their own.
  if (person.tenantId !== settings.entra.tenantId) {
    log.warn('console-refused', { why: 'another directory', tenantId: person.tenantId });
    return signInRefusedPage(
      403,
      'This account cannot open the console',
      `The console is for the people of ${settings.operator.name}: sign in with an account of its own directory.`,
    );
  }
  const role = operatorRoles.find((one) => person.roles.includes(one));
  if (role === undefined) {
    log.warn('console-refused', { why: 'no role', objectId: person.objectId });
    return signInRefusedPage(
      403,
      'You have no role here yet',
      `Ask an administrator of ${settings.operator.name} to assign you the app role Operator, or Reader to look only: in the Microsoft Entra admin center, Enterprise applications, this application, Users and groups. Then sign in again.`,
    );
  }
  const id = random.token(32);
  const now = clock.now();
  await forgetExpired(relay, now);
  await sessions.add({
    hash: sha256(id),
    objectId: person.objectId,
    name: personText(person),
    role,
    signedInAt: now,
    expires: now + sessionSeconds * 1000,
  });
  log.info('console-signed-in', { objectId: person.objectId, role });
  return seeOther(`${settings.publicUrl}${returnPath(state.returnTo)}`, hostCookie(sessionCookie, id, sessionSeconds));
}

async function forgetExpired({ sessions }: Relay, now: number): Promise<void> {
  const expired = (await sessions.all()).filter(({ expires }) => expires <= now);
  for (const { hash } of expired) await sessions.remove(hash);
}
