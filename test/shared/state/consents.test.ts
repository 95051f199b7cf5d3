import { beforeEach, describe, expect, it } from 'vitest';

import { sha256 } from '../../../shared/hash.ts';
import { isoTime } from '../../../shared/state/columns.ts';
import { type ConsentStore, createConsentStore, statePurposes } from '../../../shared/state/consents.ts';
import type { Table } from '../../../shared/state/table.ts';
import { createMemoryTables } from '../../support/memory-tables.ts';

const dayMs = 86_400_000;
const midnight = Date.parse('2026-11-23T00:00:00Z');

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
  expect((await consents.state('a', 1000))?.value).toEqual(used);
});

it.each(['22T23:40', '23T00:05', '23T01:20', '24T00:10'])(
  'finds on the %s what expires on the 23rd at 00:10',
  async (time) => {
    const now = Date.parse(`2026-11-${time}:00Z`);
    await consents.addState(state('a', Date.parse('2026-11-23T00:10:00Z')));
    const found = await consents.state('a', now);
    if (found === undefined) throw new Error('not found');
    await consents.replaceState({ ...found.value, usedAt: now }, found.etag);
    expect((await consents.state('a', now))?.value).toEqual({ ...found.value, usedAt: now });
    expect(await consents.state('b', now)).toBeUndefined();
  },
);

describe('forgetting', () => {
  it('takes invitations that expired before a time, and states that did before its day', async () => {
    for (const [hash, expires] of Object.entries({ old: midnight - 1, new: midnight })) {
      await consents.addState(state(hash, expires));
      await consents.addInvitation({ hash, tenantId: 'tenant', expires });
    }
    await consents.forgetExpired(midnight);
    expect(await consents.state('old', midnight)).toBeUndefined();
    expect(await consents.invitation('old')).toBeUndefined();
    await consents.forgetExpired(midnight + dayMs - 1);
    expect((await consents.state('new', midnight))?.value.hash).toBe('new');
    expect(await consents.invitation('new')).toBeUndefined();
  });

  it.each(statePurposes)('takes states of purpose %s', async (purpose) => {
    await consents.addState({ ...state('a', 0), purpose });
    await consents.forgetExpired(dayMs);
    expect(await consents.state('a', 0)).toBeUndefined();
  });

  it('reads none of the states that may still be good: strangers can have any number of them made', async () => {
    let rows = 0;
    const counted = (table: Table): Table => ({
      ...table,
      async *query(query) {
        for await (const row of table.query(query)) {
          rows += 1;
          yield row;
        }
      },
    });
    const tables = createMemoryTables();
    const store = createConsentStore({ ...tables, table: (name) => counted(tables.table(name)) });
    for (let n = 0; n < 100; n += 1) await store.addState(state(`good${n}`, midnight + n));
    await store.addState(state('old', midnight - 1));
    await store.forgetExpired(midnight);
    expect(rows).toBe(1);
  });

  it('leaves what is too much for one time to the next', async () => {
    for (let n = 0; n < 501; n += 1) await consents.addState(state(String(n).padStart(3, '0'), 0));
    await consents.forgetExpired(dayMs);
    expect((await consents.state('500', 0))?.value.hash).toBe('500');
    await consents.forgetExpired(dayMs);
    expect(await consents.state('500', 0)).toBeUndefined();
  });

  it('takes the states of an earlier version, whose keys knew no day', async () => {
    const tables = createMemoryTables();
    await tables.table('consents').insert({ partitionKey: 'state', rowKey: sha256('earlier'), expires: isoTime(0) });
    await createConsentStore(tables).forgetExpired(dayMs);
    expect(await Array.fromAsync(tables.table('consents').query({}))).toEqual([]);
  });
});
