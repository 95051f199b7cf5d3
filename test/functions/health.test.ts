import type { HttpHandler } from '@azure/functions';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { call, newContext, refusalOf, timer } from '../support/call-function.ts';
import { clearEnvironment, clientSecret, goodSettings } from '../support/relay-environment.ts';

beforeEach(() => {
  // Each test is a process of its own to the app: settings are read once.
  vi.resetModules();
  clearEnvironment();
});

const health = async () => call((await import('../../functions/health.ts')).health, { path: '/health' });

it('is 200 without detail when the settings are right', async () => {
  Object.assign(process.env, goodSettings());
  const answer = await health();
  expect([answer.status, answer.body]).toEqual([200, { status: 'ok' }]);
});

it('is 503 without detail when they are wrong, and the log names every setting', async () => {
  Object.assign(process.env, goodSettings(), { PUBLIC_URL: 'ftp://x', CLOUD: '' });
  delete process.env['OPERATOR_NAME'];
  const answer = await health();
  expect([answer.status, answer.body]).toEqual([503, { status: 'unavailable' }]);
  expect(answer.log.join()).toMatch(/PUBLIC_URL .*OPERATOR_NAME /);
  expect(answer.log.join()).not.toContain(clientSecret);
});

it('gets well when the settings do', async () => {
  const { health: handler } = await import('../../functions/health.ts');
  expect((await call(handler, { path: '/health' })).status).toBe(503);
  Object.assign(process.env, goodSettings());
  expect((await call(handler, { path: '/health' })).status).toBe(200);
});

describe('with wrong settings', () => {
  const wrong = () => {
    Object.assign(process.env, goodSettings());
    delete process.env['PUBLIC_URL'];
    delete process.env['DESTINATION_LOCAL_PATH'];
  };
  const api: [string, () => Promise<HttpHandler>][] = [
    ['api-health', async () => (await import('../../functions/api-health.ts')).apiHealth],
    ['api-tenants', async () => (await import('../../functions/api-tenants.ts')).apiTenants],
    ['api-tenant', async () => (await import('../../functions/api-tenant.ts')).apiTenant],
    [
      'api-tenant-invitation',
      async () => (await import('../../functions/api-tenant-invitation.ts')).apiTenantInvitation,
    ],
    ['api-parked', async () => (await import('../../functions/api-parked.ts')).apiParked],
    ['api-parked-replay', async () => (await import('../../functions/api-parked-replay.ts')).apiParkedReplay],
  ];
  it.each(api)('%s names them all', async (_, load) => {
    wrong();
    const answer = await call(await load(), { path: '/api' });
    expect(answer.status).toBe(503);
    expect(refusalOf(answer).code).toBe('settings_invalid');
    expect(refusalOf(answer).message).toMatch(/PUBLIC_URL is missing.*\. DESTINATION_LOCAL_PATH is missing.*\./);
  });

  const pages: [string, () => Promise<HttpHandler>][] = [
    ['consent-start', async () => (await import('../../functions/consent-start.ts')).consentStart],
    ['consent-callback', async () => (await import('../../functions/consent-callback.ts')).consentCallback],
    ['consent-done', async () => (await import('../../functions/consent-done.ts')).consentDone],
  ];
  it.each(pages)('%s tells the administrator nothing and the log everything', async (_, load) => {
    wrong();
    const answer = await call(await load(), { path: '/consent' });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(answer.text).toContain('Please try again');
    expect(answer.text).not.toMatch(/PUBLIC_URL|DESTINATION/);
    expect(answer.log.join()).toMatch(/PUBLIC_URL is missing.*DESTINATION_LOCAL_PATH is missing/);
  });

  it('the timer and the queues fail with all of them', async () => {
    wrong();
    const { listContent } = await import('../../functions/list-content.ts');
    const { forwardContent } = await import('../../functions/forward-content.ts');
    const { parkedContent } = await import('../../functions/parked-content.ts');
    const { context } = newContext('under-test');
    const all = /PUBLIC_URL is missing.*DESTINATION_LOCAL_PATH is missing/;
    await expect(listContent(timer, context)).rejects.toThrow(all);
    await expect(forwardContent({}, context)).rejects.toThrow(all);
    await expect(parkedContent({}, context)).rejects.toThrow(all);
  });
});
