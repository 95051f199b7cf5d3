import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createScreen } from '../../../local/start/screen.ts';
import { run } from '../../../local/start/run.ts';
import { systemClock } from '../../../shared/clock.ts';
import { systemRandom } from '../../../shared/random.ts';
import { freePort } from '../../support/free-port.ts';
import { writeApp } from '../host/fixture-app.ts';
import { relayFixture } from './relay-fixture.ts';
import type { Environment } from '../../../local/start/environment.ts';

interface Started {
  readonly code: Promise<number>;
  readonly output: () => string;
  /** Resolves once the output contains `text`. */
  readonly saw: (text: string) => Promise<void>;
  readonly stop: () => void;
}

function start(project: string, args: readonly string[], environment: Environment): Started {
  const stopping = new AbortController();
  let output = '';
  const waiting: { text: string; resolve: () => void }[] = [];
  const code = run({
    args,
    project,
    state: join(project, 'state'),
    environment: { PATH: process.env['PATH'], ...environment },
    screen: createScreen({
      write(text) {
        output += text;
        for (const each of waiting) if (output.includes(each.text)) each.resolve();
      },
    }),
    clock: systemClock,
    random: systemRandom,
    demoIntervalMs: 20,
    signal: stopping.signal,
  });
  onTestFinished(async () => {
    stopping.abort();
    await code.catch(() => undefined);
  });
  return {
    code,
    output: () => output,
    saw: (text) =>
      output.includes(text) ? Promise.resolve() : new Promise((resolve) => waiting.push({ text, resolve })),
    stop: () => {
      stopping.abort();
    },
  };
}

const hostJson = { version: '2.0', extensions: { http: { routePrefix: '' } } };

describe('npm start', () => {
  it('onboards the demo through the pages, waits until all is settled, and does nothing twice after a restart', async () => {
    const project = await writeApp({ main: relayFixture() }, hostJson);
    const environment = { PORT: String(await freePort()) };
    const first = start(project, ['--demo', '--until-idle'], environment);
    expect(await first.code).toBe(0);
    expect(first.output()).toContain('Onboarded Fjordlys Bygg AS');
    expect(first.output()).toMatch(/Total +\d+ +\d+ +0 +0 +0 +[\d,]+ +[\d,]+ +0 +0 +0\n/);
    expect(first.output()).toContain('Everything that was offered has been delivered.');

    const second = start(project, ['--demo', '--until-idle'], environment);
    expect(await second.code).toBe(0);
    expect(second.output()).not.toContain('Onboarded');
    expect(await readFile(join(project, 'state', 'relay.log'), 'utf8')).toContain('relay starts');
  }, 90_000);

  it('exits 1 when records are unaccounted for', async () => {
    const project = await writeApp({ main: relayFixture(1) }, hostJson);
    const started = start(project, ['--demo', '--until-idle'], { PORT: String(await freePort()) });
    expect(await started.code).toBe(1);
    expect(started.output()).toMatch(/Total .* 15\n/);
    expect(started.output()).toContain('Audit.Exchange a-content · record a-record · It is too large.');
    expect(started.output()).toContain('Not everything that was offered has been delivered.');
  }, 90_000);

  it('says where to go, runs until it is stopped, and forgets everything with --fresh', async () => {
    const project = await writeApp({ main: relayFixture() }, hostJson);
    const port = await freePort();
    const started = start(project, [], { PORT: String(port) });
    await started.saw('Stop with Ctrl-C.');
    expect(started.output()).toMatch(new RegExp(`runs at http://localhost:${port} \\(app process \\d+\\)`));
    expect(started.output()).toContain(
      `Console: http://localhost:${port}/console (sign in as operator@security.example)\n`,
    );
    expect(started.output()).toContain(join(project, 'state', 'delivered'));
    const body = JSON.stringify({ name: 'A', tenant: 'a' });
    const headers = { 'content-type': 'application/json' };
    const added = await fetch(`http://127.0.0.1:${port}/api/tenants`, { method: 'POST', headers, body });
    expect(added.status).toBe(201);
    started.stop();
    expect(await started.code).toBe(0);
    await expect(fetch(`http://127.0.0.1:${port}/health`)).rejects.toThrow();
    expect(existsSync(join(project, 'state', 'delivered.json'))).toBe(true);

    const again = start(project, ['--fresh'], { PORT: String(port) });
    await again.saw('Stop with Ctrl-C.');
    expect(existsSync(join(project, 'state', 'delivered.json'))).toBe(false);
  }, 60_000);

  it('refuses a port in use, wrong settings and flags that do not go together, before anything runs', async () => {
    const project = await writeApp({ main: relayFixture() }, hostJson);
    const server = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await expect(start(project, [], { PORT: String(port) }).code).rejects.toThrow(
      `Port ${port} is in use; choose another with PORT, e.g. PORT=7072 npm start.`,
    );
    const free = { PORT: String(await freePort()) };
    await expect(start(project, [], { ...free, BATCH_SIZE: '0', PUBLIC_URL: 'here' }).code).rejects.toThrow(
      /PUBLIC_URL[^]*BATCH_SIZE/,
    );
    await expect(start(project, ['--demo'], { ...free, ENTRA_CLIENT_ID: 'x' }).code).rejects.toThrow(
      '--demo and --records need the simulator',
    );
    const other = { ...free, CUSTOM_MANAGEMENT_URL: 'http://127.0.0.1:9' };
    await expect(start(project, ['--demo', '--until-idle'], other).code).rejects.toThrow('leave CUSTOM_MANAGEMENT_URL');
  });

  it('gives up when the consent of a customer does not come through, and names it', async () => {
    const broken = relayFixture().replace("{ name: '__Host-state',", "{ name: '__Host-state', domain: 'localhost',");
    const project = await writeApp({ main: broken }, hostJson);
    await expect(start(project, ['--demo'], { PORT: String(await freePort()) }).code).rejects.toThrow(
      /The consent of Fjordlys Bygg AS ended at .*\/consent\/callback \(status 400, "Not your browser"\)/,
    );
  }, 60_000);
});
