import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { startFunctionsHost } from '../../../local/host/host.ts';
import type { FunctionsHost, FunctionsHostOptions } from '../../../local/host/host.ts';
import type { HostLogEntry } from '../../../local/host/host-log.ts';

const modules = join(import.meta.dirname, '..', '..', '..', 'node_modules');

export const defaultHostJson = {
  version: '2.0',
  extensions: {
    queues: { batchSize: 4, newBatchThreshold: 2, maxDequeueCount: 3, messageEncoding: 'none' },
    http: { routePrefix: '' },
  },
};

/** Writes an app of the given function files and removes it when the test is over. */
export async function writeApp(
  files: Readonly<Record<string, string>>,
  hostJson: unknown = defaultHostJson,
): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'functions-app-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  await symlink(modules, join(directory, 'node_modules'), 'dir');
  const all: Record<string, string> = {
    'package.json': JSON.stringify({ type: 'module', main: 'functions/*.js' }),
    'host.json': JSON.stringify(hostJson),
    ...Object.fromEntries(Object.entries(files).map(([name, text]) => [`functions/${name}.js`, text])),
  };
  for (const [name, text] of Object.entries(all)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), text);
  }
  return directory;
}

export interface RunningApp {
  readonly host: FunctionsHost;
  readonly directory: string;
  readonly log: readonly HostLogEntry[];
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Resolves with the first line, past or future, that contains `text`. */
  line(text: string): Promise<HostLogEntry>;
}

/** Runs an app of one file, which has `app` imported already. */
export async function runApp(
  source: string,
  options: Partial<FunctionsHostOptions> & { hostJson?: unknown } = {},
): Promise<RunningApp> {
  const { hostJson, ...rest } = options;
  const directory = await writeApp({ main: `import { app } from '@azure/functions';\n${source}` }, hostJson);
  const log: HostLogEntry[] = [];
  const waiting: { text: string; resolve: (entry: HostLogEntry) => void }[] = [];
  const host = await startFunctionsHost({
    appDirectory: directory,
    port: 0,
    environment: { PATH: process.env['PATH'] },
    ...rest,
    log(entry) {
      log.push(entry);
      for (const { text, resolve } of waiting) if (entry.message.includes(text)) resolve(entry);
    },
  });
  onTestFinished(() => host.stop());
  return {
    host,
    directory,
    log,
    fetch: (path, init) => fetch(new URL(path, host.url), { redirect: 'manual', ...init }),
    line(text) {
      const found = log.find(({ message }) => message.includes(text));
      return found ? Promise.resolve(found) : new Promise((resolve) => waiting.push({ text, resolve }));
    },
  };
}
