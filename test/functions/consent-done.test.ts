import { afterAll, beforeAll, expect, it } from 'vitest';

import { apiTenants } from '../../functions/api-tenants.ts';
import { consentCallback } from '../../functions/consent-callback.ts';
import { consentDone } from '../../functions/consent-done.ts';
import { signinCallback } from '../../functions/signin-callback.ts';
import { contentTypes } from '../../shared/activity-api/content-types.ts';
import { sha256 } from '../../shared/hash.ts';
import { newFeed } from '../../shared/state/feeds.ts';
import { answerOfMicrosoft, type Browser, createBrowser } from '../support/browser.ts';
import { postJson } from '../support/call-function.ts';
import { contoso, type RelayEnvironment, startRelayEnvironment } from '../support/relay-environment.ts';

let environment: RelayEnvironment;
let admin: Browser;
beforeAll(async () => {
  environment = await startRelayEnvironment({ RETURN_URL: 'https://portal.example.com/done?from=relay' });
  const name = 'Contoso <i>Ltd</i>';
  const added = await postJson(apiTenants, '/api/tenants', { name, tenant: contoso.tenantId });
  const { invitation } = added.body as { invitation: { url: string } };
  admin = createBrowser();
  const pressed = await admin.press(invitation.url);
  const location = pressed.headers.get('location') ?? '';
  const path = await answerOfMicrosoft(location, 'accept', `admin:${contoso.tenantId}`);
  expect((await admin.open(consentDone, '/consent/done')).status).toBe(400);
  const signIn = await admin.open(consentCallback, path);
  expect((await admin.open(consentDone, '/consent/done')).status).toBe(400);
  const proof = await answerOfMicrosoft(signIn.headers.get('location') ?? '', 'accept', `admin:${contoso.tenantId}`);
  expect((await admin.open(consentDone, '/consent/done')).status).toBe(400);
  expect((await admin.open(signinCallback, proof)).headers.get('location')).toMatch(/\/consent\/done$/);
});
afterAll(() => environment.close());

const open = (browser = admin, query = '') => browser.open(consentDone, `/consent/done${query}`);

it('shows how each content type is coming along, may be refreshed, and leads back', async () => {
  await environment.feeds.insert({
    ...newFeed({ tenantId: contoso.tenantId, contentType: 'Audit.Exchange' }),
    state: 'active',
  });
  for (let times = 0; times < 2; times += 1) {
    const answer = await open();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.text).toContain('Contoso &lt;i&gt;Ltd&lt;/i&gt;');
    expect(answer.text).toContain('Microsoft has confirmed your consent');
    expect(answer.text).toContain('href="https://portal.example.com/done?from=relay"');
    const feeds = [...answer.text.matchAll(/<dt>(.*?)<\/dt>\s*<dd>\s*<span class="state \w+">([\w ]+)/g)].map(
      ([, type, state]) => [type, state?.trim()],
    );
    expect(feeds).toEqual(contentTypes.map((type) => [type, type === 'Audit.Exchange' ? 'flowing' : 'starting']));
  }
});

it('repeats nothing that the address says', async () => {
  const { text } = await open(admin, '?tenant=<script>alert(1)</script>&error=alert');
  expect(text).not.toContain('alert');
});

it('shows nothing to another browser', async () => {
  const stranger = createBrowser();
  const [state = ''] = (admin.cookies.get('__Host-consented') ?? '').split('.');
  for (const value of [undefined, '', 'a.b', `${state}.${'A'.repeat(43)}`, state]) {
    if (value !== undefined) stranger.cookies.set('__Host-consented', value);
    const answer = await open(stranger);
    expect(answer.status).toBe(400);
    expect(answer.text).not.toContain('Contoso');
    expect(answer.text).toContain('open the link that you were sent');
  }
});

it('ends an hour after the consent', async () => {
  const [state = ''] = (admin.cookies.get('__Host-consented') ?? '').split('.');
  const stored = await environment.consents.state(sha256(state), Date.now());
  if (stored === undefined) throw new Error('not there');
  await environment.consents.replaceState({ ...stored.value, usedAt: Date.now() - 3_601_000 }, stored.etag);
  expect((await open()).status).toBe(400);
});
