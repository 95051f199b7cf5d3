import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { beforeAll, expect, it, vi } from 'vitest';

import { createCoreModule, injectCoreModule } from '../../local/host/core-module.ts';
import type { AppState } from '../../local/host/core-types.ts';
import { clearEnvironment, clientSecret, goodSettings } from '../support/relay-environment.ts';

const folder = join(import.meta.dirname, '..', '..', 'functions');

const app: AppState = {
  functions: new Map(),
  hooks: { preInvocation: [], postInvocation: [], appStart: [], appTerminate: [], log: [] },
  appHookData: {},
  model: undefined,
  locked: false,
};

/** All files of the app, registered in the order in which the worker would load them. */
async function load(): Promise<string[]> {
  app.functions.clear();
  app.hooks.appStart.length = 0;
  vi.resetModules();
  const files = (await readdir(folder)).toSorted();
  for (const file of files) await import(join(folder, file));
  return files.map((file) => basename(file, '.ts'));
}

let files: string[];
beforeAll(async () => {
  injectCoreModule(createCoreModule(app, () => undefined));
  clearEnvironment();
  files = await load();
});

/** The trigger of each function, without what the library adds. */
function triggers(): Record<string, unknown> {
  return Object.fromEntries(
    [...app.functions].map(([name, { metadata }]) => {
      const trigger = Object.values(metadata.bindings).find(({ type }) => /trigger$/i.test(type));
      const { type, route, methods, authLevel, queueName, connection, schedule, useMonitor, runOnStartup } =
        trigger as unknown as Record<string, unknown>;
      const all = { type, route, methods, authLevel, queueName, connection, schedule, useMonitor, runOnStartup };
      return [name, Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))];
    }),
  );
}

const page = (route: string, ...methods: string[]) => ({ type: 'httpTrigger', route, methods, authLevel: 'anonymous' });
const api = (route: string, ...methods: string[]) => ({ type: 'httpTrigger', route, methods, authLevel: 'function' });
const queue = (queueName: string) => ({ type: 'queueTrigger', queueName, connection: 'RelayStorage' });

it('registers every function under the name of its file, with what interfaces promise', () => {
  expect(triggers()).toEqual({
    home: page('/', 'GET'),
    health: page('health', 'GET', 'HEAD'),
    'consent-start': page('consent/start', 'GET', 'POST'),
    'consent-callback': page('consent/callback', 'GET'),
    'consent-done': page('consent/done', 'GET'),
    'signin-callback': page('signin/callback', 'GET'),
    console: page('console', 'GET'),
    'console-tenant': page('console/tenants/{tenantId}', 'GET', 'POST'),
    'console-tenant-off-board': page('console/tenants/{tenantId}/off-board', 'GET', 'POST'),
    'console-parked': page('console/parked', 'GET', 'POST'),
    'console-destinations': page('console/destinations', 'GET', 'POST'),
    'console-add': page('console/add', 'GET', 'POST'),
    'console-sessions': page('console/sessions', 'GET', 'POST'),
    'console-sign-in': page('console/sign-in', 'GET', 'POST'),
    'console-sign-out': page('console/sign-out', 'POST'),
    'api-health': api('api/health', 'GET'),
    'api-destination-test': api('api/destinations/{name}/test', 'POST'),
    'api-tenants': api('api/tenants', 'GET', 'POST'),
    'api-tenant': api('api/tenants/{tenantId}', 'GET', 'PATCH', 'DELETE'),
    'api-tenant-check': api('api/tenants/{tenantId}/check', 'POST'),
    'api-tenant-history': api('api/tenants/{tenantId}/history', 'GET'),
    'api-tenant-completeness': api('api/tenants/{tenantId}/completeness', 'GET'),
    'api-tenant-invitation': api('api/tenants/{tenantId}/invitation', 'POST'),
    'api-parked': api('api/parked', 'GET'),
    'api-parked-replay': api('api/parked/replay', 'POST'),
    'list-content': { type: 'timerTrigger', schedule: '0 */2 * * * *' },
    'forward-content': queue('content'),
    'parked-content': queue('content-poison'),
  });
  expect([...app.functions.keys(), 'start-up'].toSorted()).toEqual(files.toSorted());
});

it('lets nobody but Microsoft and browsers in without a key', () => {
  for (const [name, trigger] of Object.entries(triggers())) {
    const { route, authLevel } = trigger as { route?: string; authLevel?: string };
    if (route?.startsWith('api/')) expect(`${name} ${authLevel ?? ''}`).toBe(`${name} function`);
  }
});

it.each([
  ['*/5 * * * * *', '*/5 * * * * *'],
  ['', '0 */2 * * * *'],
])('takes the schedule from LIST_SCHEDULE "%s"', async (setting, schedule) => {
  process.env['LIST_SCHEDULE'] = setting;
  await load();
  clearEnvironment();
  expect(triggers()['list-content']).toMatchObject({ schedule });
});

it('says at start what is wrong with the settings, one line each, and starts all the same', () => {
  const lines: string[] = [];
  const write = vi.spyOn(process.stderr, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  const start = app.hooks.appStart[0];
  expect(app.hooks.appStart).toHaveLength(1);
  try {
    Object.assign(process.env, goodSettings());
    start?.({});
    expect(lines).toEqual([]);
    Object.assign(process.env, { PUBLIC_URL: '', DESTINATION_LOCAL_TYPE: 'ftp' });
    start?.({});
  } finally {
    write.mockRestore();
    clearEnvironment();
  }
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    { event: 'setting-invalid', problem: expect.stringMatching(/^PUBLIC_URL is missing/) as string },
    { event: 'setting-invalid', problem: expect.stringMatching(/^DESTINATION_LOCAL_TYPE must be/) as string },
  ]);
  expect(lines.join()).not.toContain(clientSecret);
});
