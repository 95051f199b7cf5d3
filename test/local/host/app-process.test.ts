import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startFunctionsHost } from '../../../local/host/host.ts';
import { runApp, writeApp } from './fixture-app.ts';

const start = (appDirectory: string) =>
  startFunctionsHost({ appDirectory, port: 0, environment: {}, log: () => undefined });

/** Resolves once no process of that id exists. */
async function whenGone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('the app process', () => {
  it('gets the given environment and nothing else, and its lines reach the log', async () => {
    const app = await runApp(
      `console.log('out ' + JSON.stringify(Object.keys(process.env).filter((key) => key !== 'NODE_CHANNEL_FD' && key !== 'NODE_CHANNEL_SERIALIZATION_MODE')));
       console.error('err');
       app.get('log', (request, context) => { context.warn('a %s', { b: 1 }); });`,
      { environment: { SETTING: 'x' } },
    );
    expect(await app.line('out ["SETTING"]')).toMatchObject({ source: 'stdout' });
    expect(await app.line('err')).toMatchObject({ source: 'stderr', level: 'error' });
    await app.fetch('/log');
    expect(await app.line('a { b: 1 }')).toMatchObject({ source: 'app', level: 'warning' });
  });

  it('runs hooks around start and invocations, and lets them change what happens', async () => {
    const app = await runApp(`
      app.hook.appStart((context) => { console.log('started in', typeof context.hookData); });
      app.hook.log((context) => { context.message = context.message.replace('secret', '***'); });
      app.hook.preInvocation((context) => { context.hookData.n = 41; context.inputs = [{ n: context.hookData.n + 1 }]; });
      app.hook.postInvocation((context) => {
        if (context.error) { context.error = undefined; context.result = { status: 418 }; }
      });
      app.get('inputs', (input, context) => { context.log('secret'); return { body: String(input.n) }; });
      app.get('mended', () => { throw new Error('no'); });`);
    await app.line('started in object');
    expect(await (await app.fetch('/inputs')).text()).toBe('42');
    await app.line('***');
    expect(app.log.some(({ message }) => message.includes('secret'))).toBe(false);
    expect((await app.fetch('/mended')).status).toBe(418);
  });

  it('answers 502 for what was under way when it was killed, and starts again', async () => {
    const app = await runApp(`
      app.get('hang', (request, context) => { context.log('hanging'); return new Promise(() => {}); });
      app.get('pid', () => ({ body: String(process.pid) }));`);
    const before = app.host.pid();
    const hanging = app.fetch('/hang');
    await app.line('hanging');
    process.kill(before ?? 0, 'SIGKILL');
    expect((await hanging).status).toBe(502);
    const after = await (await app.fetch('/pid')).text();
    expect(Number(after)).not.toBe(before);
    expect(String(app.host.pid())).toBe(after);
    expect(await app.line('SIGKILL')).toMatchObject({ source: 'host', level: 'error' });
    const status = (await (await app.fetch('/admin/host/status')).json()) as { pid: number; state: string };
    expect(status).toMatchObject({ pid: Number(after), state: 'Running' });
  });

  it('survives an unhandled rejection, an exit, messages of the app’s own and a closed channel', async () => {
    const app = await runApp(`
      app.get('reject', () => { void Promise.reject(new Error('unhandled')); return new Promise(() => {}); });
      app.get('exit', () => process.exit(7));
      app.get('junk', () => { process.send('junk'); process.send({ kind: 'done' }); return { body: 'ok' }; });
      app.get('disconnect', () => { process.disconnect(); return new Promise(() => {}); });
      app.get('ok', () => ({ body: 'ok' }));`);
    for (const [path, status] of Object.entries({ reject: 502, junk: 200, exit: 502, disconnect: 502 })) {
      expect((await app.fetch(path)).status).toBe(status);
      expect((await app.fetch('/ok')).status).toBe(200);
    }
    await app.line('exit code 7');
    await app.line('does not know');
  });

  it('answers 503 when an app that dies at every start does not become ready in time', async () => {
    const app = await runApp(
      `import { existsSync, writeFileSync } from 'node:fs';
       if (existsSync('started')) process.exit(3);
       writeFileSync('started', '');
       app.get('exit', () => process.exit(4));`,
      { timing: { readyMs: 1_000, restartMs: 10 } },
    );
    expect((await app.fetch('/exit')).status).toBe(502);
    expect((await app.fetch('/exit')).status).toBe(503);
    await app.line('exit code 3');
    expect(app.host.pid()).toBeUndefined();
    expect(await (await app.fetch('/admin/host/status')).json()).toMatchObject({ state: 'Starting', pid: null });
  });

  it('kills a process whose function runs longer than functionTimeout', async () => {
    const app = await runApp(`app.get('hang', () => new Promise(() => {}));`, {
      hostJson: { version: '2.0', functionTimeout: '00:00:01', extensions: { http: { routePrefix: '' } } },
    });
    expect((await app.fetch('/hang')).status).toBe(502);
    await app.line('Timeout value of 1 s exceeded');
  });

  it('lets appTerminate hooks finish when it is stopped, and breaks off what runs', async () => {
    const app = await runApp(`
      app.hook.appTerminate(async () => { await new Promise((r) => setTimeout(r, 100)); console.log('terminated'); });
      app.get('hang', (request, context) => { context.log('hanging'); return new Promise(() => {}); });`);
    const pid = app.host.pid() ?? 0;
    const hanging = app.fetch('/hang').then(
      (response) => response.status,
      () => 'closed',
    );
    await app.line('hanging');
    await app.host.stop();
    await app.line('terminated');
    expect([502, 'closed']).toContain(await hanging);
    await whenGone(pid);
    await expect(app.fetch('/hang')).rejects.toThrow();
  });

  it('kills a process whose hooks do not finish', async () => {
    const app = await runApp(
      `app.hook.appTerminate(() => new Promise(() => {})); setInterval(() => {}, 1000);
      app.get('ok', () => undefined);`,
      { timing: { terminateMs: 200 } },
    );
    const pid = app.host.pid() ?? 0;
    await app.host.stop();
    await whenGone(pid);
  });

  it('ends when its host is killed', async () => {
    const appDirectory = await writeApp({
      main: `import { app } from '@azure/functions'; app.get('ok', () => undefined);`,
    });
    const parent = fork(join(import.meta.dirname, 'host-process.ts'), [appDirectory], { execArgv: [] });
    const [pid] = (await once(parent, 'message')) as [number];
    parent.kill('SIGKILL');
    await whenGone(pid);
  });

  it('does not start an app that cannot be loaded, a taken port or a broken host.json', async () => {
    const registersTwice = `import { app } from '@azure/functions'; app.get('a', () => 1); app.get('a', () => 1);`;
    await expect(start(await writeApp({ main: registersTwice }))).rejects.toThrow(
      'The app could not be loaded: A function with name "a" has already been registered.',
    );
    const hook = `import { app } from '@azure/functions'; app.hook.appStart(() => { throw new Error('not today'); });`;
    await expect(start(await writeApp({ main: hook }))).rejects.toThrow('not today');
    const exits = await writeApp({ main: 'process.exit(5);' });
    await expect(start(exits)).rejects.toThrow("The app's process ended (exit code 5).");
    const app = await runApp(`app.get('a', () => 1);`);
    const port = Number(new URL(app.host.url).port);
    const options = { appDirectory: app.directory, port, environment: {}, log: () => undefined };
    await expect(startFunctionsHost(options)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await expect(start(await writeApp({}, { functionTimeout: 'long' }))).rejects.toThrow(
      '"long" is not a time span; write it as hh:mm:ss.',
    );
  });

  it('starts without functions if a file throws before it registered one, with the reason on stderr only', async () => {
    const app = await runApp(`throw new Error('too early');`);
    await app.line('too early');
    expect(app.host.functions).toEqual([]);
    await app.line('No job functions found');
    expect((await app.fetch('/')).status).toBe(404);
  });

  it('registers nothing after the start, and knows its hooks by name', async () => {
    const app = await runApp(`
      import { createRequire } from 'node:module';
      const core = createRequire(import.meta.url)('@azure/functions-core');
      let wrong; try { core.registerHook('other', () => {}); } catch (error) { wrong = error; }
      app.get('late', () => {
        try { app.get('later', () => 1); } catch (error) { return { jsonBody: [error.message, wrong.name, wrong.isAzureFunctionsSystemError] }; }
      });`);
    expect(await (await app.fetch('/late')).json()).toEqual([
      'A function can only be registered during app startup.',
      'RangeError',
      true,
    ]);
  });

  it('refuses functions that it cannot run, and runs the others', async () => {
    const app = await runApp(`
      app.timer('unset', { schedule: '%MISSING%', handler: () => {} });
      app.timer('wrong', { schedule: 'now and then', handler: () => {} });
      app.serviceBusQueue('bus', { queueName: 'q', connection: 'c', handler: () => {} });
      app.storageQueue('lost', { queueName: 'q', connection: 'Nowhere', handler: () => {} });
      app.get('ok', () => ({ body: 'ok' }));`);
    await app.line("Function 'unset' is not started: '%MISSING%' does not resolve to a value; set MISSING");
    await app.line('Function \'wrong\' is not started: "now and then" is not a schedule');
    await app.line("Function 'bus' is not started: this host has no 'servicebustrigger' trigger");
    await app.line("function 'lost' was unable to start: Connection 'Nowhere' is missing; set Nowhere");
    expect((await app.fetch('/ok')).status).toBe(200);
  });
});
