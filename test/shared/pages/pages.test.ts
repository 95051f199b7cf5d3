import { createHash } from 'node:crypto';

import { html } from 'hono/html';
import { describe, expect, it } from 'vitest';

import { consentDonePage } from '../../../shared/pages/consent-done-page.ts';
import { consentStartPage } from '../../../shared/pages/consent-start-page.ts';
import { messagePage } from '../../../shared/pages/message-page.ts';
import { page, type Page } from '../../../shared/pages/page.ts';
import { parseSettings } from '../../../shared/settings/parse-settings.ts';
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

const pages: [string, () => Promise<Page>][] = [
  ['consent start', () => consentStartPage(settings, tenant, evil)],
  ['consent done', () => consentDonePage(settings, tenant, [{ contentType: 'DLP.All', state: 'permission-missing' }])],
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
    expect(body.match(/<main>/g)).toHaveLength(1);
    expect(body.match(/<h1>/g)).toHaveLength(1);
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

it('says so where the form leads on to, and only there', async () => {
  const start = await consentStartPage(settings, tenant, 'x');
  expect(start.headers['content-security-policy']).toContain("form-action 'self' https://login.microsoftonline.com;");
  const gov = await consentStartPage(settings, { ...tenant, cloud: 'gcc-high' }, 'x');
  expect(gov.headers['content-security-policy']).toContain("form-action 'self' https://login.microsoftonline.us;");
  const message = await messagePage(400, 'Title', 'Sentence.');
  expect(message.headers['content-security-policy']).toContain("form-action 'self';");
});

it('leaves out what the operator did not set', async () => {
  const bare = parseSettings({ ...goodSettings(), OPERATOR_CONTACT: '' });
  const start = await consentStartPage(bare, tenant, 'x');
  const done = await consentDonePage(bare, { ...tenant, state: 'active' }, []);
  for (const { body } of [start, done]) expect(body).not.toMatch(/undefined|null|·|<a /);
  expect(done.body).toContain('Microsoft has confirmed your consent.');
});

it('says of every feed state how it comes along', async () => {
  const states = ['starting', 'active', 'permission-missing', 'disabled', 'stopped'] as const;
  const feeds = states.map((state) => ({ contentType: 'Audit.General' as const, state }));
  const { body } = await consentDonePage(settings, { ...tenant, state: 'waiting' }, feeds);
  const words = [...body.matchAll(/<dd>(.*?)<\/dd>/g)].map(([, word]) => word);
  expect(words).toEqual(['starting', 'flowing', 'permission missing', 'disabled at Microsoft', 'stopped']);
  expect(body).toContain('Microsoft is applying your consent');
});

it('keeps the status it is given', async () => {
  expect((await messagePage(503, 'Title', 'Sentence.')).status).toBe(503);
  expect((await page({ title: 'Title' }, html`<p></p>`)).status).toBe(200);
});
