import { createHash } from 'node:crypto';

import { html } from 'hono/html';
import { describe, expect, it } from 'vitest';

import { browserCookie } from '../../../shared/consent/browser-secret.ts';
import { ConsentRefusal } from '../../../shared/consent/consent-refusal.ts';
import { consentDonePage } from '../../../shared/pages/consent-done-page.ts';
import { consentStartPage } from '../../../shared/pages/consent-start-page.ts';
import { messagePage } from '../../../shared/pages/message-page.ts';
import { page, type Page } from '../../../shared/pages/page.ts';
import { refusalPage } from '../../../shared/pages/refusal-page.ts';
import { parseSettings } from '../../../shared/settings/parse-settings.ts';
import { type Tenant, tenantStates } from '../../../shared/state/tenants.ts';
import { goodSettings } from '../../support/relay-environment.ts';
import { activeTenant } from '../../support/test-pipeline.ts';

const evil = `"'><script>alert(1)</script><img src=x onerror=alert(2)>&amp;`;

const settings = parseSettings({
  ...goodSettings(),
  OPERATOR_NAME: evil,
  OPERATOR_CONTACT: evil,
  OPERATOR_PRIVACY_URL: `https://example.com/?q=${evil}`,
  RETURN_URL: `https://example.com/?q=${evil}`,
});
const tenant = activeTenant({ name: evil, state: 'invited' });

const dlp = { contentType: 'DLP.All', state: 'permission-missing' } as const;
const report = { aadsts: evil, traceId: evil, correlationId: evil };
const refusal = new ConsentRefusal('policy', {
  report,
  walk: { purpose: 'proof', browser: { state: 'a', secret: 'b' } },
});

const pages: [string, () => Promise<Page>][] = [
  ['consent start', () => consentStartPage(settings, { tenant, expires: 0 }, evil)],
  ['consent done', () => consentDonePage(settings, { ...tenant, consentedAt: 0, consentedBy: evil }, [dlp], 0)],
  ['refusal', () => refusalPage(settings, refusal)],
  ['message', () => messagePage(418, evil, evil)],
];

describe.each(pages)('%s', (_, make) => {
  it('escapes whatever it is given', async () => {
    const { body } = await make();
    expect(body).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(body).not.toMatch(/<script|<img|onerror=alert\(2\)>(?!&)/);
    // Every attribute is closed where it should be.
    for (const [, tag = ''] of body.matchAll(/<([a-z][^>]*)>/g))
      expect(tag.replace(/"[^"]*"/g, '')).not.toMatch(/["'<]/);
  });

  it('is a whole document that a screen reader can read and a phone show', async () => {
    const { body } = await make();
    expect(body).toMatch(/^<!doctype html>\s*<html lang="en">/);
    expect(body.match(/<title>[^<]+<\/title>/g)).toHaveLength(1);
    expect(body.match(/<main\b/g)).toHaveLength(1);
    expect(body.match(/<h1\b/g)).toHaveLength(1);
    expect(body).toContain('name="viewport"');
  });

  it('carries a policy that its own style satisfies and no script could', async () => {
    const { headers, body } = await make();
    const styles = [...body.matchAll(/<style>([\s\S]*?)<\/style>/g)].map(([, style = '']) => style);
    expect(styles).toHaveLength(1);
    const hash = createHash('sha256').update(styles.join()).digest('base64');
    const policy = headers['content-security-policy'] ?? '';
    expect(policy).toContain(`style-src 'sha256-${hash}';`);
    expect(policy).toMatch(/^default-src 'none';/);
    expect(policy).not.toMatch(/unsafe|script-src|\*/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    });
  });
});

it('lets a form lead on to any identity provider where it leads to Microsoft, and only there', async () => {
  for (const cloud of ['worldwide', 'gcc-high'] as const) {
    const start = await consentStartPage(settings, { tenant: { ...tenant, cloud }, expires: 0 }, 'x');
    expect(start.headers['content-security-policy']).toContain("form-action 'self' https:;");
  }
  const message = await messagePage(400, 'Title', 'Sentence.');
  expect(message.headers['content-security-policy']).toContain("form-action 'self';");
});

it('leaves out what the operator did not set', async () => {
  const bare = parseSettings({ ...goodSettings(), OPERATOR_CONTACT: '' });
  const start = await consentStartPage(bare, { tenant, expires: 0 }, 'x');
  const done = await consentDonePage(bare, { ...tenant, state: 'active' }, [], 0);
  for (const { body } of [start, done]) expect(body).not.toMatch(/undefined|null|·|<a /);
  expect(done.body).toContain('Microsoft has confirmed your consent.');
});

const done = (change: Partial<Tenant>, feeds: Parameters<typeof consentDonePage>[2] = [], now = 0) =>
  consentDonePage(settings, { ...tenant, consentedAt: 0, ...change }, feeds, now);

const wordsOf = (body: string) =>
  [...body.matchAll(/<dd>\s*<span class="state \w+">([\w ]+)/g)].map(([, word]) => word?.trim());

it('says of every feed state how it comes along', async () => {
  const states = ['starting', 'active', 'permission-missing', 'disabled', 'stopped'] as const;
  const feeds = states.map((state) => ({ contentType: 'Audit.General' as const, state }));
  const { body } = await done({ state: 'waiting' }, feeds);
  const others = ['permission missing', 'disabled at Microsoft', 'stopped'];
  expect(wordsOf(body)).toEqual(['starting', 'starting', ...others]);
  expect(wordsOf((await done({ state: 'active' }, feeds)).body)).toEqual(['starting', 'flowing', ...others]);
  expect(wordsOf((await done({ state: 'consent-withdrawn' }, feeds)).body)).toEqual([
    'not flowing',
    'not flowing',
    ...others,
  ]);
  expect(body).toContain('Microsoft does not show us the consent yet');
  expect(body).toContain('Read activity data for your organization');
});

it('says where the audit log is switched on when it is off', async () => {
  const { body } = await done({ state: 'audit-off' });
  expect(body).toContain('Set-AdminAuditLogConfig -UnifiedAuditLogIngestionEnabled $true');
  expect(body).toMatch(/Start recording user and admin\s+activity/);
  expect((await done({ state: 'active' })).body).not.toContain('Set-AdminAuditLogConfig');
});

it.each(tenantStates)('has a word for an administrator whose tenant is %s', async (state) => {
  expect((await done({ state })).body).toMatch(/<p>\s*\S/);
});

it.each(tenantStates)('says that the log can be read only where our token showed so: %s', async (state) => {
  const heading = async (change: Partial<Tenant>) => /<h1>.*?<\/h1>/s.exec((await done(change)).body)?.[0];
  const trouble = { state: 'permission-missing', since: 0, count: 1 } as const;
  expect((await heading({ state }))?.includes('can now read')).toBe(state === 'active');
  expect(await heading({ state, trouble })).toContain('has your confirmation for');
});

it('looks again by itself while something is starting, but not for ever', async () => {
  const starting = [{ contentType: 'Audit.General', state: 'starting' }] as const;
  const flowing = [{ contentType: 'Audit.General', state: 'active' }] as const;
  const quarter = 15 * 60_000;
  expect((await done({ state: 'waiting' }, flowing)).headers['refresh']).toBe('10');
  expect((await done({ state: 'active' }, starting, quarter - 1)).headers['refresh']).toBe('10');
  expect((await done({ state: 'active' }, starting, quarter)).headers['refresh']).toBeUndefined();
  expect((await done({ state: 'active' }, flowing)).headers['refresh']).toBeUndefined();
});

it.each([
  ['consent', 'href="/consent/start"'],
  ['proof', 'href="/consent/start"'],
  ['console', 'href="/console/sign-in"'],
] as const)('leads who failed at a %s back to where it began', async (purpose, link) => {
  const walk = { purpose, browser: { state: 'a', secret: 'b' } };
  const refused = await refusalPage(settings, new ConsentRefusal('cancelled', { walk }));
  expect(refused.body).toContain(link);
  expect(refused.cookies).toEqual([browserCookie(purpose, walk.browser)]);
  const final = await refusalPage(settings, new ConsentRefusal('tenant_leaving', { walk }));
  expect(final.body).not.toContain(link);
  expect(final.cookies).toEqual([]);
  const unknown = await refusalPage(settings, new ConsentRefusal('cancelled'));
  expect(unknown.body).not.toContain(link);
  expect(unknown.cookies).toEqual([]);
});

it('keeps the status it is given', async () => {
  expect((await messagePage(503, 'Title', 'Sentence.')).status).toBe(503);
  expect((await page({ title: 'Title' }, html`<p></p>`)).status).toBe(200);
});
