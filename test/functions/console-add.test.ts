import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { consoleAdd } from '../../functions/console-add.ts';
import { createHistoryStore } from '../../shared/state/history.ts';
import { type Answer, call } from '../support/call-function.ts';
import {
  contoso,
  fabrikam,
  publicUrl,
  type RelayEnvironment,
  startRelayEnvironment,
} from '../support/relay-environment.ts';
import { opens } from './consent-fixture.ts';
import { type ConsoleOperator, operatorName, signedIn } from './console-operator.ts';

let environment: RelayEnvironment;
let operator: ConsoleOperator;
beforeAll(async () => {
  environment = await startRelayEnvironment();
  operator = await signedIn(environment, 'Operator');
});
afterEach(async () => {
  environment.proxy.fate = () => 'answered';
  environment.simulator.switches.reset();
  for (const { value, etag } of await environment.tenants.all()) await environment.tenants.remove(value.tenantId, etag);
});
afterAll(() => environment.close());

const add = (name: string, tenant: string): Promise<Answer> =>
  operator.send(consoleAdd, '/console/add', { name, tenant });

const count = async (): Promise<number> => (await environment.tenants.all()).length;

describe('the form', () => {
  it('says where a tenant ID is found and how auditing is switched on', async () => {
    const { status, text } = await operator.open(consoleAdd, '/console/add');
    expect(status).toBe(200);
    expect(text).toContain('Microsoft Entra admin center');
    expect(text).toMatch(/Start recording user and admin\s+activity/);
    expect(text).toContain('Set-AdminAuditLogConfig -UnifiedAuditLogIngestionEnabled $true');
    for (const name of ['name', 'tenant']) {
      expect(text).toContain(`<label for="${name}">`);
      expect(text).toContain(`aria-describedby="${name}-hint"`);
    }
    expect(text).not.toContain('aria-invalid="');
  });

  it('is for Operators', async () => {
    const reader = await signedIn(environment, 'Reader');
    const answer = await reader.open(consoleAdd, '/console/add');
    expect(answer.status).toBe(403);
    expect(answer.text).toContain('ask for the app role Operator');
    expect(answer.text).not.toContain('name="tenant"');
  });
});

describe('adding a customer', () => {
  it.each([
    ['its tenant ID', contoso.tenantId.toUpperCase()],
    ['its domain', ` ${contoso.domain} `],
  ])('takes %s, and shows the link once, to use or to send', async (_, tenant) => {
    const answer = await add('Contoso & Söhne', tenant);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const stored = await environment.tenants.get(contoso.tenantId);
    expect(stored?.value).toMatchObject({ name: 'Contoso & Söhne', state: 'invited' });
    expect(stored?.value.domain).toBe(tenant.trim() === contoso.domain ? contoso.domain : undefined);

    const { text } = answer;
    const url = /<input id="link" readonly value="([^"]+)"/.exec(text.replaceAll(/\s+/g, ' '))?.[1] ?? '';
    expect(url).toMatch(/^http:\/\/localhost:7071\/consent\/start\?invite=[\w-]{43}$/);
    expect(await opens(url)).toBe(true);
    expect(text).toContain(`<a class="button" href="${url}">I am the administrator: continue to Microsoft</a>`);
    expect(text).toContain('<h1>Contoso &amp; Söhne is added</h1>');
    expect(text).toContain(
      `Works until <time datetime="${new Date(stored?.value.invitationExpires ?? 0).toISOString()}"`,
    );

    const address = new URL((/href="(mailto:[^"]+)"/.exec(text)?.[1] ?? '').replaceAll('&amp;', '&'));
    expect(address.searchParams.get('subject')).toContain('Contoso & Söhne');
    expect(address.searchParams.get('body')).toContain(`\r\n${url}\r\n`);
    expect(address.href).not.toContain('+');

    const kept = JSON.stringify(await Array.fromAsync(environment.tables.table('consents').query({})));
    expect(kept).not.toContain(url.split('invite=')[1]);
    expect(answer.log.join()).not.toContain(url.split('invite=')[1]);
    const [entry] = await createHistoryStore(environment.tables).ofTenant(contoso.tenantId, 1);
    expect(entry).toMatchObject({ by: operatorName });
  });

  it('adds nobody twice when the answer is refreshed', async () => {
    await add('Contoso', contoso.tenantId);
    const again = await add('Contoso', contoso.tenantId);
    expect(again.status).toBe(409);
    expect(again.text).toContain('is already here as &quot;Contoso&quot;');
    expect(again.text).toContain(`<a href="/console/tenants/${contoso.tenantId}">`);
    expect(again.text).not.toContain('invite=');
    expect(await count()).toBe(1);
  });

  it('writes a name as text wherever it stands', async () => {
    const { status, text } = await add('"><script>alert(1)</script>', fabrikam.domain);
    expect(status).toBe(200);
    expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(text).not.toContain('<script');
  });
});

describe('what is refused comes back filled in, with one sentence at the field', () => {
  function expectRefused({ status, text }: Answer, wanted: number, field: string, words: RegExp): void {
    expect(status).toBe(wanted);
    const sentence = new RegExp(`<p class="wrong" id="${field}-wrong">([^<]*)</p>`).exec(text)?.[1] ?? '';
    expect(sentence).toMatch(words);
    expect(sentence).toMatch(/^\S.*\.$/);
    expect(sentence).not.toMatch(/\. [A-Z]/);
    expect(text).toContain(`aria-describedby="${field}-hint ${field}-wrong"`);
    expect(text.match(/aria-invalid="true" autofocus/g)).toHaveLength(1);
    expect(text).toContain('<title>Not saved: Add a customer');
    expect(text).not.toMatch(/<script|invite=/);
  }

  it.each([
    ['name', { name: '', tenant: 'contoso.example' }, /^Customer name must not be empty/],
    ['name', { name: ' \t ', tenant: 'contoso.example' }, /must not be empty/],
    ['name', { name: 'x'.repeat(201), tenant: 'contoso.example' }, /at most 200 characters/],
    ['name', { name: 'two\nlines', tenant: 'contoso.example' }, /one line/],
    ['tenant', { name: 'A', tenant: '' }, /^Tenant ID or domain must not be empty/],
    ['tenant', { name: 'A', tenant: 'x'.repeat(254) }, /must be a tenant ID or a domain/],
    ['tenant', { name: 'A', tenant: 'not a domain' }, /./],
    ['tenant', { name: 'A', tenant: '../common' }, /./],
    ['tenant', { name: 'A', tenant: '"><script>alert(1)</script>' }, /./],
    ['tenant', { name: 'A', tenant: 'unknown.example' }, /./],
    ['tenant', { name: 'A', tenant: 'consumers' }, /./],
    ['tenant', { name: 'A', tenant: '9188040d-6c67-4c5b-b112-36a304b66dad' }, /not known to Microsoft|personal/],
  ])('%s: %j', async (field, fields, words) => {
    const answer = await operator.send(consoleAdd, '/console/add', fields);
    expectRefused(answer, 400, field, words);
    const escaped = (text: string): string =>
      text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
    expect(answer.text).toContain(`value="${escaped(fields.tenant)}"`);
    expect(await count()).toBe(0);
  });

  it('without fields at all', async () => {
    const { status, text } = await operator.send(consoleAdd, '/console/add', {});
    expect(status).toBe(400);
    expect(text.match(/class="wrong"/g)).toHaveLength(2);
  });

  it('when storage fails, above the form', async () => {
    environment.proxy.fate = (request) => (/^(POST|PUT) \S*\/tenants/.test(request) ? 'refused' : 'answered');
    const { status, text } = await add('Contoso', contoso.tenantId);
    expect(status).toBe(503);
    expect(text).toMatch(/<p class="wrong" role="alert">Storage does not answer/);
    expect(text).toContain('value="Contoso"');
  });
});

describe('a form that our page did not send', () => {
  const fields = { name: 'Contoso', tenant: contoso.tenantId };
  const form = 'application/x-www-form-urlencoded';

  async function post(headers: Record<string, string>, csrf?: string): Promise<Answer> {
    const body = new URLSearchParams({ ...fields, ...(csrf !== undefined && { csrf }) }).toString();
    return call(consoleAdd, { method: 'POST', path: '/console/add', headers, body });
  }
  const token = async (who: ConsoleOperator): Promise<string> =>
    /name="csrf" value="([^"]+)"/.exec((await who.open(consoleAdd, '/console/add')).text)?.[1] ?? '';

  it.each([
    ['without a token', undefined],
    ['with an empty one', ''],
    ['with a guessed one', 'A'.repeat(43)],
    ['with a very long one', 'A'.repeat(50_000)],
  ])('%s is refused', async (_, csrf) => {
    const answer = await post({ cookie: operator.cookie, origin: publicUrl, 'content-type': form }, csrf);
    expect(answer.status).toBe(403);
    expect(await count()).toBe(0);
  });

  it('with the token of another session is refused', async () => {
    const other = await token(await signedIn(environment, 'Operator'));
    expect((await post({ cookie: operator.cookie, origin: publicUrl, 'content-type': form }, other)).status).toBe(403);
    expect(await count()).toBe(0);
  });

  it.each([
    ['another site', { origin: 'https://evil.example' }],
    ['a page without an origin', { origin: 'null' }],
    ['another port', { origin: 'http://localhost:7072' }],
    ['another site that hides its origin', { 'sec-fetch-site': 'cross-site' }],
    ['a neighbour that hides its origin', { 'sec-fetch-site': 'same-site' }],
  ])('is refused from %s, even with the right token', async (_, headers) => {
    const answer = await post({ cookie: operator.cookie, 'content-type': form, ...headers }, await token(operator));
    expect(answer.status).toBe(403);
    expect(await count()).toBe(0);
  });

  it.each([
    ['names its origin', { origin: publicUrl }],
    ['says only that it is of the same', { 'sec-fetch-site': 'same-origin' }],
    ['is no browser', {}],
  ])('with the right token is taken from whoever %s', async (_, headers) => {
    const answer = await post({ cookie: operator.cookie, 'content-type': form, ...headers }, await token(operator));
    expect(answer.status).toBe(200);
  });

  it('of a Reader is refused, with their own token', async () => {
    const reader = await signedIn(environment, 'Reader');
    const { consoleCustomers } = await import('../../functions/console.ts');
    const page = await reader.open(consoleCustomers, '/console');
    const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
    const answer = await post({ cookie: reader.cookie, origin: publicUrl, 'content-type': form }, csrf);
    expect(answer.status).toBe(403);
    expect(answer.text).toContain('change nothing');
    expect(await count()).toBe(0);
  });

  it('of nobody leads to the door, and changes nothing', async () => {
    const answer = await post({ origin: publicUrl, 'content-type': form }, 'x');
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe(`${publicUrl}/console/sign-in`);
    expect(await count()).toBe(0);
  });

  it('is no form, too large, or not UTF-8', async () => {
    const headers = { cookie: operator.cookie, origin: publicUrl };
    const send = (type: string, body: string | Uint8Array): Promise<Answer> =>
      call(consoleAdd, { method: 'POST', path: '/console/add', headers: { ...headers, 'content-type': type }, body });
    expect((await send('application/json', '{}')).status).toBe(415);
    expect((await send('text/plain', 'csrf=x')).status).toBe(415);
    expect((await send(form, 'a'.repeat(65_537))).status).toBe(413);
    expect((await send(form, new Uint8Array([0x61, 0x3d, 0xff]))).status).toBe(400);
  });
});
