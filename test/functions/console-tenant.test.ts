import { expect, it } from 'vitest';

import { consoleTenant } from '../../functions/console-tenant.ts';
import { hourOf } from '../../shared/activity-api/hours.ts';
import { newFeed } from '../../shared/state/feeds.ts';
import type { Tenant } from '../../shared/state/tenants.ts';
import { call } from '../support/call-function.ts';
import { contoso, fabrikam } from '../support/relay-environment.ts';
import { evil, now, params, path, useCustomerFixture } from './customer-fixture.ts';
import { parkedRow, putIntoLedger } from './parked-rows.ts';

const { tenantId } = contoso;
const on = useCustomerFixture();

it('says where it stands, what to do, who consented and what happened', async () => {
  await on.tenantIs({ consentedBy: 'Ada Admin' });
  await on.history.add({ tenantId, at: now, what: 'Consent confirmed.', by: 'Ada Admin' }, 'mark');
  const { status, text } = await on.open();
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
  const etag = await on.environment.feeds.insert({ ...feed, position: now - 7_200_000 });
  const { text } = await on.open();
  await on.environment.feeds.remove(id, etag);
  expect(text).toContain('<span class="state bad">disabled at Microsoft</span>');
  expect(text).toMatch(/data-name="Lag">2 hours</);
  expect(text).toContain('AF20055: not for this tenant.');
  expect(text).toMatch(/Gap from .*2 Jan 2026, 03:00 UTC.* to .*05:00 UTC.*: It was off\./s);
});

it('calls no feed flowing while nothing is collected', async () => {
  const feed = { ...newFeed({ tenantId, contentType: 'Audit.SharePoint' }), state: 'active' } as const;
  const etag = await on.environment.feeds.insert({ ...feed, position: now });
  await on.tenantIs({ state: 'consent-withdrawn' });
  const { text } = await on.open();
  await on.environment.feeds.remove(feed, etag);
  expect(text).toContain('<span class="state bad">not flowing</span>');
  expect(text).not.toMatch(/class="state good"/);
});

it('says by which domain it was added, and until when the link of an invitation works', async () => {
  const day = 86_400_000;
  await on.tenantIs({ domain: 'contoso.example', state: 'invited', consentedAt: undefined, invitationHash: 'hash' });
  const old = await on.open();
  expect(old.text).toContain('<dd>contoso.example</dd>');
  expect(old.text).not.toContain('Invitation link');
  const end = '2026-01-02T03:04:00.000Z';
  await on.tenantIs({ state: 'invited', invitationHash: 'hash', invitationExpires: Date.parse(end) });
  expect((await on.open()).text).toMatch(new RegExp(`Invitation link</dt>\\s*<dd>expired <time datetime="${end}"`));
  await on.tenantIs({ state: 'invited', invitationHash: 'hash', invitationExpires: now + day });
  expect((await on.open()).text).toMatch(/Invitation link<\/dt>\s*<dd>works until <time/);
  await on.tenantIs({ invitationHash: undefined, invitationExpires: now + day });
  expect((await on.open()).text).not.toContain('Invitation link');
});

it('offers nothing to check or to pause to who has not consented yet', async () => {
  await on.tenantIs({ state: 'invited', consentedAt: undefined });
  const { text } = await on.open();
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
  await on.tenantIs(change);
  const { status, text } = await on.open();
  expect(status).toBe(200);
  expect(text).toMatch(words);
  expect(text).not.toMatch(/undefined|NaN|\[object/);
});

it('offers no invitation, pause or types to who is leaving', async () => {
  await on.tenantIs({ state: 'leaving', leaving: 'drain' });
  const { text } = await on.open();
  expect(text).not.toMatch(/name="do"/);
});

it('shows a day hour by hour, and refuses what is no day of the seven', async () => {
  const today = new Date(now).toISOString().slice(0, 10);
  expect((await on.open(on.operator, `?day=${today}`)).text).toContain(', hour by hour');
  for (const day of ['yesterday', '2020-01-01', '2026-02-30', '', '2026-11-22T10', '9'.repeat(5000), evil]) {
    const answer = await on.open(on.operator, `?${new URLSearchParams({ day }).toString()}`);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('is no day of the last seven');
    expect(answer.text).not.toContain('<script');
  }
});

it('says calmly of a customer that has gone, or was never added, that it is not here', async () => {
  const unknown = await on.operator.open(consoleTenant, '/console/tenants/x', { tenantId: fabrikam.tenantId });
  expect(unknown.status).toBe(404);
  expect(unknown.text).toContain('<h1>This customer is not here</h1>');
  expect(unknown.text).toContain('It has been off-boarded, or was never added.');
  expect(unknown.text).toContain('<a href="/console">All customers</a>');
  expect(unknown.text).not.toMatch(/did not work|role="alert"/);
});

it('refuses a tenant that is no GUID', async () => {
  const odd = await on.operator.open(consoleTenant, '/console/tenants/x', { tenantId: evil });
  expect(odd.status).toBe(400);
  expect(odd.text).not.toContain('<script');
});

it('escapes names, ids and errors that came from outside', async () => {
  await on.tenantIs({ name: evil, consentedBy: evil, missingRoles: [evil] });
  await on.history.add({ tenantId, at: now, what: evil, by: evil }, 'mark');
  const feed = { tenantId, contentType: 'DLP.All' } as const;
  const row = parkedRow(evil, now, { reason: evil, lastError: `${evil}!` });
  await putIntoLedger(on.environment.tables, feed, hourOf(now), [row]);
  const { text } = await on.open();
  expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  expect(text).not.toMatch(/<script|<img/);
  for (const [, tag = ''] of text.matchAll(/<([a-z][^>]*)>/g)) {
    expect(tag.replace(/"[^"]*"/g, '')).not.toMatch(/["'<]/);
  }
});

it('shows a Reader everything, and nothing to press', async () => {
  const { text } = await on.open(on.reader);
  expect(text).toContain('<title id="picture-title">');
  expect(text).not.toMatch(/name="do"|off-board"/);
});

it('sends who is not signed in to sign in, and back here', async () => {
  const answer = await call(consoleTenant, { path, params });
  expect(answer.status).toBe(303);
  expect(answer.headers.get('location')).toMatch(new RegExp(`/console/sign-in\\?return=${encodeURIComponent(path)}$`));
});
