import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const script = join(import.meta.dirname, '..', '..', '..', 'local', 'host', 'main.ts');

describe('the host alone', () => {
  it('says where it listens, and ends in order when told to', async () => {
    const host = spawn(process.execPath, [script, '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'], env: {} });
    let output = '';
    for await (const chunk of host.stdout) {
      output += String(chunk);
      if (output.includes('Functions host at')) break;
    }
    expect(output).toMatch(/Functions host at http:\/\/127\.0\.0\.1:\d+, app process \d+\./);
    host.kill('SIGTERM');
    expect(await once(host, 'exit')).toEqual([0, null]);
  });

  it('refuses a wrong port in a sentence', () => {
    const { status, stderr } = spawnSync(process.execPath, [script, '--port', 'http'], { encoding: 'utf8' });
    expect([status, stderr.trim()]).toEqual([1, '"http" is not a port; give a number from 0 to 65535 after --port.']);
  });
});
