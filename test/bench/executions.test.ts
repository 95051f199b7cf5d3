import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

import { readExecutions, sumExecutions } from './executions.ts';

const start = Date.parse('2026-11-22T10:00:00.000Z');
const executed = (name: string, endMs: number, durationMs: number): string =>
  `${new Date(start + endMs).toISOString()} host information Executed 'Functions.${name}' (Succeeded, Id=1-2, Duration=${durationMs}ms)\n`;

test('executions are read from the host’s log and paid for apart or together', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'executions-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const path = join(directory, 'host.log');
  const log = [
    executed('list-content', 2_500, 2_410),
    `${new Date(start).toISOString()} app information {"event":"Executed 'Functions.forged'"}\n`,
    executed('forward-content', 3_000, 300),
    executed('forward-content', 3_100, 250),
    executed('forward-content', 9_000, 1_200),
    executed('forward-content', 60_000, 5),
  ];
  await writeFile(path, log.join(''));

  expect(Object.fromEntries(sumExecutions(readExecutions(path), start, start + 60_000))).toEqual({
    'list-content': { count: 1, mostSeconds: 2.5, leastSeconds: 2.5 },
    'forward-content': { count: 3, mostSeconds: 3.2, leastSeconds: 2.2 },
  });
});
