/**
 * A stand-in for the app, as source text: the pages of a consent and the API that starting needs. It claims to have
 * delivered whatever the simulator offered, less `lost` records of each feed.
 */
export const relayFixture = (lost = 0): string => `
import { app } from '@azure/functions';
import { readFileSync, writeFileSync } from 'node:fs';

const { PUBLIC_URL, CUSTOM_LOGIN_URL, CUSTOM_MANAGEMENT_URL, ENTRA_CLIENT_ID } = process.env;
const file = process.env.DESTINATION_LOCAL_PATH + '.json';
let tenants = [];
try { tenants = JSON.parse(readFileSync(file, 'utf8')); } catch {}
const save = () => writeFileSync(file, JSON.stringify(tenants));
const html = (body) => ({ body, headers: { 'content-type': 'text/html' } });
const link = (tenant) => ({ url: PUBLIC_URL + '/consent/start?invite=' + tenant.tenantId, expires: '' });
const http = (name, method, route, handler) => app.http(name, { methods: [method], route, authLevel: 'anonymous', handler });

console.log('relay starts');
http('health', 'GET', 'health', () => ({ jsonBody: { status: 'ok' } }));
http('list', 'GET', 'api/tenants', () => ({ jsonBody: { tenants } }));
http('add', 'POST', 'api/tenants', async (request) => {
  const { name, tenant } = await request.json();
  if (tenants.some(({ tenantId }) => tenantId === tenant)) {
    return { status: 409, jsonBody: { error: { code: 'exists', message: 'It is there already.' } } };
  }
  tenants.push({ tenantId: tenant, name, state: 'invited' });
  save();
  return { status: 201, jsonBody: { ...tenants.at(-1), invitation: link(tenants.at(-1)) } };
});
http('invite', 'POST', 'api/tenants/{id}/invitation', (request) => ({
  status: 201, jsonBody: { invitation: link({ tenantId: request.params.id }) } }));
http('one', 'GET', 'api/tenants/{id}', async (request) => {
  const tenant = tenants.find(({ tenantId }) => tenantId === request.params.id);
  const { feeds } = await (await fetch(CUSTOM_MANAGEMENT_URL + '/_simulator/offered')).json();
  return { jsonBody: { ...tenant, feeds: feeds.filter(({ tenantId }) => tenantId === tenant.tenantId).map((feed) => ({
    contentType: feed.contentType, state: 'active',
    contents: { queued: 0, delivered: feed.contents, parked: 0, lost: 0 },
    records: { delivered: feed.records - ${lost}, duplicates: 0, parked: 0 } })) } };
});
http('parked', 'GET', 'api/parked', () => ({ jsonBody: { parked: [
  { contentType: 'Audit.Exchange', contentId: 'a-content', recordId: 'a-record', reason: 'It is too large.' }].slice(0, ${lost}) } }));
http('page', 'GET', 'consent/start', (request) => html(
  '<h1>Consent</h1><form method="post" action="/consent/start"><input type="hidden" name="invite" value="' + request.query.get('invite') + '"><button>Go on</button></form>'));
http('start', 'POST', 'consent/start', async (request) => {
  if (request.headers.get('origin') !== PUBLIC_URL) return { status: 403 };
  const tenant = new URLSearchParams(await request.text()).get('invite');
  const location = CUSTOM_LOGIN_URL + '/' + tenant + '/v2.0/adminconsent?' + new URLSearchParams({
    client_id: ENTRA_CLIENT_ID, scope: 'https://manage.office.com/.default', state: tenant, redirect_uri: PUBLIC_URL + '/consent/callback' });
  return { status: 303, headers: { location }, cookies: [{ name: '__Host-state', value: tenant, path: '/', secure: true, httpOnly: true, sameSite: 'Lax' }] };
});
http('callback', 'GET', 'consent/callback', (request) => {
  const state = request.query.get('state');
  if (!request.headers.get('cookie')?.includes(state)) return { status: 400, ...html('<h1>Not <b>your</b> browser</h1>') };
  const tenant = tenants.find(({ tenantId }) => tenantId === request.query.get('tenant'));
  tenant.state = 'active';
  save();
  return { status: 303, headers: { location: '/consent/done' } };
});
http('done', 'GET', 'consent/done', () => html('<h1>Done</h1>'));
`;
