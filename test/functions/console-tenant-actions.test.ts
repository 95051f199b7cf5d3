import { expect, it } from 'vitest';

import { hourOf } from '../../shared/activity-api/hours.ts';
import { contoso } from '../support/relay-environment.ts';
import { operatorName } from './console-operator.ts';
import { evil, now, useCustomerFixture } from './customer-fixture.ts';
import { parkedRow, putIntoLedger } from './parked-rows.ts';

const { tenantId } = contoso;
const on = useCustomerFixture();

it('renames, and the history says who did', async () => {
  expect(await on.done(await on.send({ do: 'rename', name: '  Contoso Ltd ' }))).toContain('Contoso Ltd from now on');
  expect((await on.tenant())?.name).toBe('Contoso Ltd');
  const entries = await on.history.ofTenant(tenantId, 10);
  expect(entries).toMatchObject([{ what: 'Renamed from Contoso to Contoso Ltd.', by: operatorName }]);
});

it.each([
  ['', /The customer name must not be empty\./],
  ['   ', /The customer name must not be empty\./],
  ['x'.repeat(201), /at most 200 characters/],
  ['two\nlines', /one line of text/],
  [`${evil}${'x'.repeat(200)}`, /at most 200 characters/],
])('refuses the name %j, with the form still filled in', async (name, words) => {
  const answer = await on.send({ do: 'rename', name });
  expect(answer.status).toBe(400);
  expect(answer.text).toMatch(words);
  expect(answer.text).toMatch(/aria-invalid="true" autofocus/);
  expect(answer.text).toContain('<title>Not saved: Contoso');
  expect(answer.text).not.toContain('<script');
  if (name.startsWith('x')) expect(answer.text).toContain(`value="${name}"`);
  expect((await on.tenant())?.name).toBe('Contoso');
});

it('refuses a rename without a name', async () => {
  expect((await on.send({ do: 'rename' })).status).toBe(400);
});

it('chooses content types', async () => {
  const fields = new URLSearchParams([
    ['do', 'choose-types'],
    ['contentType', 'DLP.All'],
    ['contentType', 'Audit.Exchange'],
  ]);
  expect(await on.done(await on.send(fields))).toContain('Audit.Exchange, DLP.All');
  expect((await on.tenant())?.contentTypes).toEqual(['Audit.Exchange', 'DLP.All']);
});

it.each<[string, [string, string][]]>([
  ['none', []],
  ['one that is none', [['contentType', 'Audit.Everything']]],
  ['script', [['contentType', evil]]],
])('refuses content types: %s', async (_, types) => {
  const answer = await on.send(new URLSearchParams([['do', 'choose-types'], ...types]));
  expect(answer.status).toBe(400);
  expect(answer.text).toContain('The choice of content types');
  expect(answer.text).not.toContain('<script');
  expect((await on.tenant())?.contentTypes).toHaveLength(5);
});

it('pauses and resumes', async () => {
  await on.done(await on.send({ do: 'pause' }));
  expect((await on.tenant())?.state).toBe('paused');
  await on.done(await on.send({ do: 'resume' }));
  expect((await on.tenant())?.state).toBe('active');
  const told = (await on.history.ofTenant(tenantId, 10)).map(({ what, by }) => [what, by]);
  expect(new Set(told.map(([what]) => what))).toEqual(new Set(['Paused.', 'Resumed.']));
});

it('has it checked now', async () => {
  expect(await on.done(await on.send({ do: 'check' }))).toContain('asked again');
  expect((await on.tenant())?.checkAskedAt).toBeGreaterThanOrEqual(now);
});

it('makes a new invitation, shown once', async () => {
  const answer = await on.send({ do: 'invite' });
  expect(answer.status).toBe(200);
  expect(answer.text).toMatch(/consent\/start\?invite=[\w-]{43}/);
  const { invitationHash, invitationExpires } = (await on.tenant()) ?? {};
  expect(invitationHash).toBeDefined();
  expect(answer.text).toContain(`Works until <time datetime="${new Date(invitationExpires ?? 0).toISOString()}"`);
});

it('replays one content, or a type, and refuses fields that are none', async () => {
  const feed = { tenantId, contentType: 'Audit.General' } as const;
  const ids = ['one', 'two', 'three'];
  await putIntoLedger(
    on.environment.tables,
    feed,
    hourOf(now),
    ids.map((id) => parkedRow(id, now)),
  );
  const one = await on.send({ do: 'replay', contentType: 'Audit.General', contentId: 'two' });
  expect(await on.done(one)).toContain('What was parked of 1 content is queued again.');
  expect(await on.done(await on.send({ do: 'replay', contentType: 'Audit.General' }))).toContain('2 contents');
  expect(await on.done(await on.send({ do: 'replay', contentType: 'Audit.General' }))).toContain(
    'Nothing was replayed',
  );
  for (const fields of [{ contentType: 'x' }, { contentId: 'x'.repeat(3001) }]) {
    expect((await on.send({ do: 'replay', ...fields })).status).toBe(400);
  }
});

it.each([{}, { do: 'explode' }, { do: '__proto__' }, { do: 'constructor' }])(
  'refuses the button %o',
  async (fields) => {
    const answer = await on.send(fields);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('does not say what to do');
  },
);

it.each(['check', 'pause', 'resume', 'rename', 'choose-types', 'replay', 'invite'])(
  'does not let a Reader %s',
  async (action) => {
    const before = await on.tenant();
    const answer = await on.send({ do: action, name: 'X', contentType: 'DLP.All' }, on.reader);
    expect(answer.status).toBe(403);
    expect(await on.tenant()).toEqual(before);
  },
);

it('takes no form without its token', async () => {
  const answer = await on.send({ do: 'pause', csrf: 'guessed' });
  expect(answer.status).toBe(403);
  expect((await on.tenant())?.state).toBe('active');
});

it.each(['check', 'pause', 'invite'])('does not %s who is leaving', async (action) => {
  await on.tenantIs({ state: 'leaving', leaving: 'drain' });
  const answer = await on.send({ do: action });
  expect(answer.status).toBe(409);
  expect((await on.tenant())?.state).toBe('leaving');
});

it('says that storage does not answer', async () => {
  on.environment.proxy.fate = (request) => (request.includes('tenants') ? 'refused' : 'answered');
  expect((await on.open()).status).toBe(503);
});
