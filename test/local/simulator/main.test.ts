import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { callTls } from './caller.ts';

const program = join(import.meta.dirname, '../../../local/simulator/main.ts');

/** Runs the program until it ends, or until `seen` is printed; then it is sent the signal. */
async function run(args: readonly string[], seen?: { text: string; then: (output: string) => Promise<void> }) {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  let signalled = false;
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const failed: unknown[] = [];
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (seen === undefined || signalled || !output.includes(seen.text)) return;
    signalled = true;
    void seen
      .then(output)
      .catch((error: unknown) => failed.push(error))
      .finally(() => child.kill('SIGTERM'));
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (failed.length > 0) throw failed[0];
  return { code, output, errors };
}

test('prints where everything is, serves, and closes on SIGTERM', async () => {
  const ended = await run(['--demo'], {
    text: 'Ctrl-C',
    then: async (output) => {
      const [, login = ''] = /login and consent +(\S+)/.exec(output) ?? [];
      const [, authority = ''] = /tokens \(TLS\) +(https:\/\/[^/]+)/.exec(output) ?? [];
      const [, certificate = ''] = /NODE_EXTRA_CA_CERTS=(\S+)/.exec(output) ?? [];
      expect(output).toContain('fjordlys.example');
      const offered = (await (await fetch(`${login}/_simulator/offered`)).json()) as { feeds: unknown[] };
      expect(offered.feeds).toHaveLength(15);
      const path = '/fjordlys.example/v2.0/.well-known/openid-configuration';
      expect((await callTls(authority + path, await readFile(certificate, 'utf8'))).status).toBe(200);
    },
  });
  expect(ended).toMatchObject({ code: 0, errors: '' });
});

test('a port in use is named, with how to choose another', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  for (const flag of ['port', 'authority-port']) {
    const ended = await run([`--${flag}`, String(port)]);
    expect(ended).toEqual({
      code: 1,
      output: '',
      errors: `Port ${port} is in use; choose another with --${flag} N.\n`,
    });
  }
  server.close();
});

test.each([
  [['--prot', '1'], "Unknown option '--prot'; use --port N, --authority-port M, --records FILE and --demo."],
  [['--port', 'x'], '--port "x" is no port; give a number from 0 to 65535.'],
  [['--port', '65536'], '--port "65536" is no port; give a number from 0 to 65535.'],
  [
    ['--port'],
    "Option '--port <value>' argument missing; use --port N, --authority-port M, --records FILE and --demo.",
  ],
  [['extra'], "Unexpected argument 'extra'"],
  [['--records', 'no-such-file'], 'The records in no-such-file cannot be read'],
])('%j ends with one sentence and exit code 1', async (args, expected) => {
  const ended = await run(args);
  expect(ended.code).toBe(1);
  expect(ended.errors).toContain(expected);
  expect(ended.errors.trim().split('\n')).toHaveLength(1);
});
