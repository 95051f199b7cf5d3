import { expect, it } from 'vitest';

import { finishConsoleSignIn } from '../../../shared/console/finish-sign-in.ts';
import type { SignedInPerson } from '../../../shared/entra/sign-in.ts';
import type { Relay } from '../../../shared/relay.ts';
import { systemRandom } from '../../../shared/random.ts';
import { parseSettings } from '../../../shared/settings/parse-settings.ts';
import { createSessionStore } from '../../../shared/state/sessions.ts';
import { createMemoryTables } from '../../support/memory-tables.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { contoso, goodSettings, homeTenantId } from '../../support/relay-environment.ts';

const state = {
  hash: 'h',
  tenantId: homeTenantId,
  purpose: 'console',
  browserHash: 'b',
  invitationHash: '',
  expires: 0,
  usedAt: 1,
  result: 'accepted',
} as const;

const person: SignedInPerson = {
  tenantId: homeTenantId,
  objectId: 'o',
  name: '<b>Olivia</b>',
  username: 'operator@home.example',
  roles: ['Operator'],
};

function finish(change: Partial<SignedInPerson>, returnTo?: string) {
  const sessions = createSessionStore(createMemoryTables());
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const relay = {
    settings: parseSettings(goodSettings()),
    sessions,
    random: systemRandom,
    clock: createManualClock(),
    log,
  };
  const answer = finishConsoleSignIn(relay as unknown as Relay, { ...state, returnTo }, { ...person, ...change });
  return { answer, sessions };
}

it.each([contoso.tenantId, '', homeTenantId.toUpperCase()])(
  'looks at no role of the directory "%s", which is not ours',
  async (tenantId) => {
    const { answer, sessions } = finish({ tenantId });
    expect(await answer).toMatchObject({ status: 403 });
    expect((await answer).cookies).toBeUndefined();
    expect(await sessions.all()).toEqual([]);
  },
);

it.each([[[]], [['operator']], [['Owner', 'Operator ']]])('knows no other roles: %j', async (roles) => {
  const { answer, sessions } = finish({ roles });
  expect(await answer).toMatchObject({ status: 403 });
  expect(await sessions.all()).toEqual([]);
});

it.each([
  [['Reader'], 'Reader'],
  [['Reader', 'Operator'], 'Operator'],
  [['Something', 'Reader'], 'Reader'],
])('of the roles %j it takes %s', async (roles, role) => {
  const { answer, sessions } = finish({ roles });
  expect(await answer).toMatchObject({ status: 303, cookies: [{ name: '__Host-session' }] });
  expect(await sessions.all()).toMatchObject([{ role, name: '<b>Olivia</b> (operator@home.example)' }]);
});

it.each([
  ['Audit Relay', 'Audit Relay (operator@home.example)'],
  ['by key', 'by key (operator@home.example)'],
  ['Olivia\u202e\u0007', 'Olivia (operator@home.example)'],
])('keeps the name "%s" so that the history cannot be misled by it', async (name, kept) => {
  const { answer, sessions } = finish({ name });
  await answer;
  expect(await sessions.all()).toMatchObject([{ name: kept }]);
});

it('leads to no address that was written into the state by whoever can', async () => {
  const { answer } = finish({}, '//evil.example');
  expect(new Headers((await answer).headers as Record<string, string>).get('location')).toBe(
    'http://localhost:7071/console',
  );
});
