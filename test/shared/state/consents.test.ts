import { beforeEach, expect, it } from 'vitest';

import { type ConsentStore, createConsentStore } from '../../../shared/state/consents.ts';
import { createMemoryTables } from '../../support/memory-tables.ts';

let consents: ConsentStore;
beforeEach(() => {
  consents = createConsentStore(createMemoryTables());
});

const state = (hash: string, expires: number) =>
  ({
    hash,
    tenantId: 'tenant',
    purpose: 'proof',
    browserHash: 'browser',
    invitationHash: 'invitation',
    expires,
    usedAt: undefined,
    result: undefined,
  }) as const;

it('keeps who signed in, and what was wanted', async () => {
  const used = { ...state('a', 1000), usedAt: 500, result: 'accepted', person: 'Alex', returnTo: '/console' };
  await consents.addState(used);
  expect((await consents.state('a'))?.value).toEqual(used);
});

it('forgets what expired before a time, and nothing else', async () => {
  for (const [hash, expires] of Object.entries({ old: 999, new: 1000 })) {
    await consents.addState(state(hash, expires));
    await consents.addInvitation({ hash, tenantId: 'tenant', expires });
  }
  await consents.forgetExpired(1000);
  expect(await consents.state('old')).toBeUndefined();
  expect(await consents.invitation('old')).toBeUndefined();
  expect((await consents.state('new'))?.value.hash).toBe('new');
  expect((await consents.invitation('new'))?.hash).toBe('new');
});
