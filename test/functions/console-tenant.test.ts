import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { consoleTenant } from '../../functions/console-tenant.ts';
import { hourOf } from '../../shared/activity-api/hours.ts';
import { newFeed } from '../../shared/state/feeds.ts';
import { createHistoryStore, type HistoryStore } from '../../shared/state/history.ts';
import type { Tenant } from '../../shared/state/tenants.ts';
import { type Answer, call } from '../support/call-function.ts';
import { contoso, fabrikam, type RelayEnvironment, startRelayEnvironment } from '../support/relay-environment.ts';
import { activeTenant } from '../support/test-pipeline.ts';
import { type ConsoleOperator, operatorName, signedIn } from './console-operator.ts';
import { parkedRow, putIntoLedger } from './parked-rows.ts';

const { tenantId } = contoso;
const params = { tenantId };
const path = `/console/tenants/${tenantId}`;
const now = Date.now();
const evil = `"'><script>alert(1)</script><img src=x onerror=alert(2)>`;

let environment: RelayEnvironment;
let history: HistoryStore;
let operator: ConsoleOperator;
let reader: ConsoleOperator;
beforeAll(async () => {
  environment = await startRelayEnvironment();
  history = createHistoryStore(environment.tables);
  operator = await signedIn(environment, 'Operator');
  reader = await signedIn(environment, 'Reader');
});
afterAll(() => environment.close());
beforeEach(async () => {
  environment.proxy.fate = () => 'answered';
  await history.removeTenant(tenantId);
  await tenantIs({});
});

/** Contoso as it is from now on. */
async function tenantIs(change: Partial<Tenant>): Promise<void> {
  const stored = await environment.tenants.get(tenantId);
  const tenant = activeTenant({ name: 'Contoso', addedAt: now, consentedAt: now - 60_000, ...change });
  await (stored ? environment.tenants.replace(tenant, stored.etag) : environment.tenants.insert(tenant));
}

const tenant = async (): Promise<Tenant | undefined> => (await environment.tenants.get(tenantId))?.value;
const open = (who: ConsoleOperator = operator, query = ''): Promise<Answer> =>
  who.open(consoleTenant, `${path}${query}`, params);
const send = (fields: Parameters<ConsoleOperator['send']>[2], who = operator): Promise<Answer> =>
  who.send(consoleTenant, path, fields, params);
const done = async (answer: Answer): Promise<string> => {
  expect([answer.status, answer.headers.get('location')]).toEqual([303, path]);
  return (await operator.follow(answer, consoleTenant, params)).text;
};

describe('the page of a customer', () => {
  it('says where it stands, what to do, who consented and what happened', async () => {
    await tenantIs({ consentedBy: 'Ada Admin' });
    await history.add({ tenantId, at: now, what: 'Consent confirmed.', by: 'Ada Admin' }, 'mark');
    const { status, text } = await open();
    expect(status).toBe(200);
    expect(text).toMatch(/<h1>Contoso<\/h1>/);
    expect(text).toContain('<span class="state good">active</span>');
    expect(text).toContain(`<code>${tenantId}</code>`);
    expect(text).toContain('confirmed by Ada Admin');
    expect(text).toMatch(/Consent confirmed\.<\/td>\s*<td data-name="By">Ada Admin/);
    for (const type of ['Audit.AzureActiveDirectory', 'Audit.General', 'DLP.All']) {
      expect(text).toMatch(new RegExp(`<th scope="row">\\s*${type.replace('.', '\\.')}`));
    }
    expect(text).toContain('<title id="picture-title">');
  });

  it('shows feeds with lag, its reason and gaps', async () => {
    const id = { tenantId, contentType: 'Audit.SharePoint' } as const;
    const gap = {
      from: Date.parse('2026-01-02T03:00:00Z'),
      to: Date.parse('2026-01-02T05:00:00Z'),
      why: 'It was off.',
    };
    const feed = { ...newFeed(id), state: 'disabled', detail: 'AF20055: not for this tenant.', gaps: [gap] } as const;
    const etag = await environment.feeds.insert({ ...feed, position: now - 7_200_000 });
    const { text } = await open();
    await environment.feeds.remove(id, etag);
    expect(text).toContain('<span class="state bad">disabled at Microsoft</span>');
    expect(text).toMatch(/data-name="Lag">2 hours</);
    expect(text).toContain('AF20055: not for this tenant.');
    expect(text).toMatch(/Gap from .*2 Jan 2026, 03:00 UTC.* to .*05:00 UTC.*: It was off\./s);
  });

  it('calls no feed flowing while nothing is collected', async () => {
    const feed = { ...newFeed({ tenantId, contentType: 'Audit.SharePoint' }), state: 'active' } as const;
    const etag = await environment.feeds.insert({ ...feed, position: now });
    await tenantIs({ state: 'consent-withdrawn' });
    const { text } = await open();
    await environment.feeds.remove(feed, etag);
    expect(text).toContain('<span class="state bad">not flowing</span>');
    expect(text).not.toMatch(/class="state good"/);
  });

  it('says by which domain it was added, and until when the link of an invitation works', async () => {
    const day = 86_400_000;
    await tenantIs({ domain: 'contoso.example', state: 'invited', consentedAt: undefined, invitationHash: 'hash' });
    const old = await open();
    expect(old.text).toContain('<dd>contoso.example</dd>');
    expect(old.text).not.toContain('Invitation link');
    const end = '2026-01-02T03:04:00.000Z';
    await tenantIs({ state: 'invited', invitationHash: 'hash', invitationExpires: Date.parse(end) });
    expect((await open()).text).toMatch(new RegExp(`Invitation link</dt>\\s*<dd>expired <time datetime="${end}"`));
    await tenantIs({ state: 'invited', invitationHash: 'hash', invitationExpires: now + day });
    expect((await open()).text).toMatch(/Invitation link<\/dt>\s*<dd>works until <time/);
    await tenantIs({ invitationHash: undefined, invitationExpires: now + day });
    expect((await open()).text).not.toContain('Invitation link');
  });

  it('offers nothing to check or to pause to who has not consented yet', async () => {
    await tenantIs({ state: 'invited', consentedAt: undefined });
    const { text } = await open();
    expect(text).toMatch(/value="invite"/);
    expect(text).not.toMatch(/value="check"|value="pause"|“Check now”/);
  });

  it.each<[string, Partial<Tenant>, RegExp]>([
    ['never consented', { state: 'invited', consentedAt: undefined }, /Nothing is collected before an administrator/],
    ['leaving', { state: 'leaving', leaving: 'drain' }, /It is being off-boarded\.\s*<a href="[^"]*off-board">Drop/],
    ['leaving at once', { state: 'leaving', leaving: 'drop' }, /It is being off-boarded\.\s*<\/p>/],
    ['paused', { state: 'paused', pausedFrom: 'active' }, /value="resume">Resume/],
    ['audit log off', { state: 'audit-off' }, /Set-AdminAuditLogConfig/],
    ['a permission missing', { missingRoles: ['ActivityFeed.ReadDlp'] }, /ActivityFeed\.ReadDlp<\/code>\s*“Read DLP/],
    ['waiting', { state: 'waiting', nextCheckAt: now + 600_000 }, /Microsoft is asked again at <time/],
  ])('has sense for a tenant: %s', async (_, change, words) => {
    await tenantIs(change);
    const { status, text } = await open();
    expect(status).toBe(200);
    expect(text).toMatch(words);
    expect(text).not.toMatch(/undefined|NaN|\[object/);
  });

  it('offers no invitation, pause or types to who is leaving', async () => {
    await tenantIs({ state: 'leaving', leaving: 'drain' });
    const { text } = await open();
    expect(text).not.toMatch(/name="do"/);
  });

  it('shows a day hour by hour, and refuses what is no day of the seven', async () => {
    const today = new Date(now).toISOString().slice(0, 10);
    expect((await open(operator, `?day=${today}`)).text).toContain(', hour by hour');
    for (const day of ['yesterday', '2020-01-01', '2026-02-30', '', '2026-11-22T10', '9'.repeat(5000), evil]) {
      const answer = await open(operator, `?${new URLSearchParams({ day }).toString()}`);
      expect(answer.status).toBe(400);
      expect(answer.text).toContain('is no day of the last seven');
      expect(answer.text).not.toContain('<script');
    }
  });

  it('says calmly of a customer that has gone, or was never added, that it is not here', async () => {
    const unknown = await operator.open(consoleTenant, '/console/tenants/x', { tenantId: fabrikam.tenantId });
    expect(unknown.status).toBe(404);
    expect(unknown.text).toContain('<h1>This customer is not here</h1>');
    expect(unknown.text).toContain('It has been off-boarded, or was never added.');
    expect(unknown.text).toContain('<a href="/console">All customers</a>');
    expect(unknown.text).not.toMatch(/did not work|role="alert"/);
  });

  it('refuses a tenant that is no GUID', async () => {
    const odd = await operator.open(consoleTenant, '/console/tenants/x', { tenantId: evil });
    expect(odd.status).toBe(400);
    expect(odd.text).not.toContain('<script');
  });

  it('escapes names, ids and errors that came from outside', async () => {
    await tenantIs({ name: evil, consentedBy: evil, missingRoles: [evil] });
    await history.add({ tenantId, at: now, what: evil, by: evil }, 'mark');
    const feed = { tenantId, contentType: 'DLP.All' } as const;
    const row = parkedRow(evil, now, { reason: evil, lastError: `${evil}!` });
    await putIntoLedger(environment.tables, feed, hourOf(now), [row]);
    const { text } = await open();
    expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(text).not.toMatch(/<script|<img/);
    for (const [, tag = ''] of text.matchAll(/<([a-z][^>]*)>/g)) {
      expect(tag.replace(/"[^"]*"/g, '')).not.toMatch(/["'<]/);
    }
  });

  it('shows a Reader everything, and nothing to press', async () => {
    const { text } = await open(reader);
    expect(text).toContain('<title id="picture-title">');
    expect(text).not.toMatch(/name="do"|off-board"/);
  });

  it('sends who is not signed in to sign in, and back here', async () => {
    const answer = await call(consoleTenant, { path, params });
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toMatch(
      new RegExp(`/console/sign-in\\?return=${encodeURIComponent(path)}$`),
    );
  });
});

describe('actions', () => {
  it('renames, and the history says who did', async () => {
    expect(await done(await send({ do: 'rename', name: '  Contoso Ltd ' }))).toContain('Contoso Ltd from now on');
    expect((await tenant())?.name).toBe('Contoso Ltd');
    const entries = await history.ofTenant(tenantId, 10);
    expect(entries).toMatchObject([{ what: 'Renamed from Contoso to Contoso Ltd.', by: operatorName }]);
  });

  it.each([
    ['', /The customer name must not be empty\./],
    ['   ', /The customer name must not be empty\./],
    ['x'.repeat(201), /at most 200 characters/],
    ['two\nlines', /one line of text/],
    [`${evil}${'x'.repeat(200)}`, /at most 200 characters/],
  ])('refuses the name %j, with the form still filled in', async (name, words) => {
    const answer = await send({ do: 'rename', name });
    expect(answer.status).toBe(400);
    expect(answer.text).toMatch(words);
    expect(answer.text).toMatch(/aria-invalid="true" autofocus/);
    expect(answer.text).toContain('<title>Not saved: Contoso');
    expect(answer.text).not.toContain('<script');
    if (name.startsWith('x')) expect(answer.text).toContain(`value="${name}"`);
    expect((await tenant())?.name).toBe('Contoso');
  });

  it('refuses a rename without a name', async () => {
    expect((await send({ do: 'rename' })).status).toBe(400);
  });

  it('chooses content types', async () => {
    const fields = new URLSearchParams([
      ['do', 'choose-types'],
      ['contentType', 'DLP.All'],
      ['contentType', 'Audit.Exchange'],
    ]);
    expect(await done(await send(fields))).toContain('Audit.Exchange, DLP.All');
    expect((await tenant())?.contentTypes).toEqual(['Audit.Exchange', 'DLP.All']);
  });

  it.each<[string, [string, string][]]>([
    ['none', []],
    ['one that is none', [['contentType', 'Audit.Everything']]],
    ['script', [['contentType', evil]]],
  ])('refuses content types: %s', async (_, types) => {
    const answer = await send(new URLSearchParams([['do', 'choose-types'], ...types]));
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('The choice of content types');
    expect(answer.text).not.toContain('<script');
    expect((await tenant())?.contentTypes).toHaveLength(5);
  });

  it('pauses and resumes', async () => {
    await done(await send({ do: 'pause' }));
    expect((await tenant())?.state).toBe('paused');
    await done(await send({ do: 'resume' }));
    expect((await tenant())?.state).toBe('active');
    const told = (await history.ofTenant(tenantId, 10)).map(({ what, by }) => [what, by]);
    expect(new Set(told.map(([what]) => what))).toEqual(new Set(['Paused.', 'Resumed.']));
  });

  it('has it checked now', async () => {
    expect(await done(await send({ do: 'check' }))).toContain('asked again');
    expect((await tenant())?.checkAskedAt).toBeGreaterThanOrEqual(now);
  });

  it('makes a new invitation, shown once', async () => {
    const answer = await send({ do: 'invite' });
    expect(answer.status).toBe(200);
    expect(answer.text).toMatch(/consent\/start\?invite=[\w-]{43}/);
    const { invitationHash, invitationExpires } = (await tenant()) ?? {};
    expect(invitationHash).toBeDefined();
    expect(answer.text).toContain(`Works until <time datetime="${new Date(invitationExpires ?? 0).toISOString()}"`);
  });

  it('replays one content, or a type, and refuses fields that are none', async () => {
    const feed = { tenantId, contentType: 'Audit.General' } as const;
    const ids = ['one', 'two', 'three'];
    await putIntoLedger(
      environment.tables,
      feed,
      hourOf(now),
      ids.map((id) => parkedRow(id, now)),
    );
    const one = await send({ do: 'replay', contentType: 'Audit.General', contentId: 'two' });
    expect(await done(one)).toContain('What was parked of 1 content is queued again.');
    expect(await done(await send({ do: 'replay', contentType: 'Audit.General' }))).toContain('2 contents');
    expect(await done(await send({ do: 'replay', contentType: 'Audit.General' }))).toContain('Nothing was replayed');
    for (const fields of [{ contentType: 'x' }, { contentId: 'x'.repeat(3001) }]) {
      expect((await send({ do: 'replay', ...fields })).status).toBe(400);
    }
  });

  it.each([{}, { do: 'explode' }, { do: '__proto__' }, { do: 'constructor' }])(
    'refuses the button %o',
    async (fields) => {
      const answer = await send(fields);
      expect(answer.status).toBe(400);
      expect(answer.text).toContain('does not say what to do');
    },
  );

  it.each(['check', 'pause', 'resume', 'rename', 'choose-types', 'replay', 'invite'])(
    'does not let a Reader %s',
    async (action) => {
      const before = await tenant();
      const answer = await send({ do: action, name: 'X', contentType: 'DLP.All' }, reader);
      expect(answer.status).toBe(403);
      expect(await tenant()).toEqual(before);
    },
  );

  it('takes no form without its token', async () => {
    const answer = await send({ do: 'pause', csrf: 'guessed' });
    expect(answer.status).toBe(403);
    expect((await tenant())?.state).toBe('active');
  });

  it.each(['check', 'pause', 'invite'])('does not %s who is leaving', async (action) => {
    await tenantIs({ state: 'leaving', leaving: 'drain' });
    const answer = await send({ do: action });
    expect(answer.status).toBe(409);
    expect((await tenant())?.state).toBe('leaving');
  });

  it('says that storage does not answer', async () => {
    environment.proxy.fate = (request) => (request.includes('tenants') ? 'refused' : 'answered');
    expect((await open()).status).toBe(503);
  });
});
