import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { compiledApp } from '../support/compiled-app.ts';
import { splitLines } from '../../local/host/split-lines.ts';

/** Everything but the run itself: it may share the machine with all other tests. */
const patienceMs = 25 * 60_000;

/** `npm run chaos`, with a folder of its own for temporary files. */
async function startChaos(...args: string[]) {
  compiledApp();
  const folder = await mkdtemp(join(tmpdir(), 'chaos-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], {
    env: { PATH: process.env['PATH'], TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  splitLines(child.stdout, (line) => {
    lines.push(line);
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return { child, folder, lines };
}

/** Processes whose environment names the folder: all that were started for a run. */
async function processesOf(folder: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const environments = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')));
  return pids.filter((_pid, index) => environments[index]?.includes(folder));
}

test(
  'a minute of faults on real processes leaves nothing unaccounted',
  async () => {
    const { child, folder, lines } = await startChaos('--seed', '1', '--minutes', '1');
    const [code] = (await once(child, 'exit')) as [number | null];
    expect({ code, last: lines.at(-1) }, lines.join('\n')).toEqual({ code: 0, last: 'Zero unaccounted.' });
    expect(await readdir(folder)).toEqual([]);
  },
  patienceMs,
);

test(
  'Ctrl-C leaves neither process nor folder behind',
  async () => {
    const { child, folder, lines } = await startChaos('--seed', '1', '--minutes', '1');
    await expect.poll(() => lines.some((line) => line.includes('kill -9')), { timeout: patienceMs }).toBe(true);
    if (process.platform === 'linux') expect((await processesOf(folder)).length).toBeGreaterThan(3);
    child.kill('SIGINT');
    await once(child, 'exit');
    expect(await readdir(folder)).toEqual([]);
    if (process.platform === 'linux') await expect.poll(() => processesOf(folder), { timeout: 10_000 }).toEqual([]);
  },
  patienceMs,
);
