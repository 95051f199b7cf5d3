import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { consoleCustomers } from '../../functions/console.ts';
import { newFeed } from '../../shared/state/feeds.ts';
import type { Tenant, TenantState } from '../../shared/state/tenants.ts';
import { type RelayEnvironment, startRelayEnvironment } from '../support/relay-environment.ts';
import { call } from '../support/call-function.ts';
import { type ConsoleOperator, signedIn } from './console-operator.ts';

const script = `<script>alert("x")</script> & 'Söhne'`;

const guid = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

const tenant = (number: number, name: string, state: TenantState): Tenant => ({
  tenantId: guid(number),
  name,
  cloud: 'custom',
  state,
  contentTypes: ['Audit.Exchange'],
  addedAt: Date.parse('2026-11-01T09:30:00Z'),
  invitationHash: undefined,
  consentedAt: undefined,
  trouble: undefined,
  nextCheckAt: undefined,
  leaving: undefined,
});

let environment: RelayEnvironment;
let operator: ConsoleOperator;
let reader: ConsoleOperator;
beforeAll(async () => {
  environment = await startRelayEnvironment();
  operator = await signedIn(environment, 'Operator');
  reader = await signedIn(environment, 'Reader');
});
afterEach(() => {
  environment.proxy.fate = () => 'answered';
});
afterAll(() => environment.close());

it('says so when no customer is here yet', async () => {
  const answer = await operator.open(consoleCustomers, '/console');
  expect(answer.status).toBe(200);
  expect(answer.text).toContain('No customer is here yet');
  expect(answer.text).toContain('href="/console/add"');
});

describe('with customers', () => {
  beforeAll(async () => {
    const { tenants, feeds } = environment;
    await tenants.insert(tenant(1, script, 'audit-off'));
    await tenants.insert({ ...tenant(2, 'Contoso', 'active'), domain: 'contoso.example' });
    await tenants.insert(tenant(3, 'Fabrikam', 'invited'));
    const now = new Date().toISOString();
    const byHour = Array.from({ length: 24 }, (_none, hour) => (hour === 0 ? 1200 : hour === 1 ? 34 : 0));
    await feeds.insert({
      ...newFeed({ tenantId: guid(2), contentType: 'Audit.Exchange' }),
      state: 'active',
      position: Date.now() - 5 * 60_000,
      delivered: { day: now.slice(0, 10), byHour },
    });
  });

  it('shows where each stands, the next step, how far behind it is and the records of today', async () => {
    const { text, status } = await operator.open(consoleCustomers, '/console');
    expect(status).toBe(200);
    const rows = text.split('<tbody>')[1]?.split('<tr>').slice(1) ?? [];
    expect(rows).toHaveLength(3);
    expect(rows[0]).toMatch(/audit log is off[\s\S]*Start recording user and admin activity/);
    expect(rows[1]).toMatch(/Fabrikam[\s\S]*invited[\s\S]*Send the invitation link[\s\S]*>–</);
    expect(rows[2]).toMatch(/Contoso[\s\S]*active[\s\S]*Nothing to do[\s\S]*5 minutes[\s\S]*1,234[\s\S]*1 Nov 2026/);
    expect(rows[2]).toContain(`href="/console/tenants/${guid(2)}"`);
    expect(rows[2]).toContain('>contoso.example<');
    expect(text).toContain('1 to 3 of');
    expect(text).toMatch(/aria-current="page"\s*>Customers/);
  });

  it('writes a name as text, whatever it holds', async () => {
    const { text } = await operator.open(consoleCustomers, '/console');
    expect(text).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;Söhne&#39;');
    expect(text).not.toMatch(/<script|\bon[a-z]+=| style=/);
  });

  it('links each total to its customers, and keeps what is searched for', async () => {
    const { text } = await operator.open(consoleCustomers, '/console?q=o&sort=name');
    expect(text).toContain('href="/console?q=o&amp;state=trouble&amp;sort=name"');
    expect(text).toMatch(/<p class="verdict bad"><a [^>]*state=trouble[^>]*>1 of 3 customers wants a person</);
    expect(text).not.toContain('consent withdrawn 0');
    const filtered = await operator.open(consoleCustomers, '/console?state=trouble');
    expect(filtered.text.split('<tbody>')[1]?.match(/<tr>/g)).toHaveLength(1);
    expect(filtered.text).toMatch(/<option value="trouble"\s+selected/);
  });

  it('says that nothing matches, and shows the search again as text', async () => {
    const { text, status } = await operator.open(consoleCustomers, `/console?q=${encodeURIComponent('"><script>')}`);
    expect(status).toBe(200);
    expect(text).toContain('No customer matches');
    expect(text).toContain('value="&quot;&gt;&lt;script&gt;"');
  });

  it.each([
    ['q', 'x'.repeat(201), 'Name, domain or tenant ID must be at most 200 characters long.'],
    ['q', 'a\0b', 'Name, domain or tenant ID must be one line of text.'],
    ['state', '"><script>alert(1)</script>', 'State must be one of the list.'],
    ['sort', 'toString', 'Order must be one of the list.'],
    ['page', '-1', 'Page must be a number from 1 on.'],
    ['page', '', 'Page must be a number from 1 on.'],
  ])('refuses %s=%j with one sentence and the form still filled in', async (name, value, sentence) => {
    const query = new URLSearchParams({ ...(name !== 'q' && { q: 'still here' }), [name]: value });
    const { status, text } = await operator.open(consoleCustomers, `/console?${query.toString()}`);
    expect(status).toBe(400);
    expect(text).toContain(sentence);
    expect(text).toContain('aria-invalid="true"');
    expect(text).not.toContain('<script');
    if (name !== 'q') expect(text).toContain('value="still here"');
  });

  it('shows a Reader the same, and nothing that a Reader may not press', async () => {
    const { text, status } = await reader.open(consoleCustomers, '/console');
    expect(status).toBe(200);
    expect(text).toContain('Contoso');
    expect(text).not.toContain('/console/add');
    expect(text.match(/<form[^>]*method="post"[^>]*>/g)).toEqual([
      '<form class="who" method="post" action="/console/sign-out">',
    ]);
  });

  it('says each notice once', async () => {
    const notice = Buffer.from('Renamed from <A> to B.').toString('base64url');
    const headers = { cookie: `${operator.cookie}; __Host-notice=good.${notice}` };
    const answer = await call(consoleCustomers, { path: '/console', headers });
    expect(answer.text).toContain('<p class="notice" role="status">Renamed from &lt;A&gt; to B.</p>');
    expect(answer.cookies).toMatchObject([{ name: '__Host-notice', value: '', maxAge: 0 }]);
    expect((await operator.open(consoleCustomers, '/console')).text).not.toContain('role="status"');
  });

  it.each(['', 'good.', 'x', 'worse.eHg', 'bad.<b>', 'bad'])('makes no notice of the cookie "%s"', async (value) => {
    const headers = { cookie: `${operator.cookie}; __Host-notice=${value}` };
    const { status, text } = await call(consoleCustomers, { path: '/console', headers });
    expect(status).toBe(200);
    expect(text).not.toContain('class="notice');
  });
});

describe('a page of the console', () => {
  it('may load nothing, be framed by nobody and is kept nowhere', async () => {
    const { headers } = await operator.open(consoleCustomers, '/console');
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/=]+'; form-action 'self'; /);
    expect(policy).toContain("frame-ancestors 'none'; base-uri 'none'");
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('says no more than that storage failed, and logs no session', async () => {
    environment.proxy.fate = (request) => (request.includes('/sessions') ? 'answered' : 'refused');
    const answer = await operator.open(consoleCustomers, '/console');
    expect(answer.status).toBe(503);
    expect(answer.text).toContain('Storage does not answer at the moment: try again.');
    expect(answer.text).toContain('Olivia Operator');
    environment.proxy.fate = () => 'refused';
    const nobody = await operator.open(consoleCustomers, '/console');
    expect(nobody.status).toBe(503);
    expect(nobody.text).not.toContain('Olivia Operator');
    expect(`${answer.log.join()}${nobody.log.join()}`).not.toContain(operator.cookie.split('=')[1]);
  });

  it('is served under no name that another site made point here', async () => {
    const headers = { cookie: operator.cookie, host: 'evil.example' };
    expect((await call(consoleCustomers, { path: '/console', headers })).status).toBe(403);
  });
});
