import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** Runs the Bicep CLI. Never throws for what it says; `complaints` are its errors and warnings, one a line. */
export type Bicep = (
  args: readonly string[],
  environment?: Readonly<Record<string, string>>,
) => Promise<{ readonly stdout: string; readonly complaints: readonly string[] }>;

/**
 * The Bicep CLI of this machine: what `BICEP` names, else `bicep` on the PATH.
 * @throws Error that says how to get it
 */
export async function findBicep(environment: NodeJS.ProcessEnv): Promise<Bicep> {
  const named = environment['BICEP'];
  const candidates =
    named === undefined || named === ''
      ? (environment['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'bicep'))
      : [named];
  for (const path of candidates) {
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return createBicep(path, environment);
  }
  throw new Error(
    `The Bicep CLI is missing${named ? ` at ${named}, which BICEP names` : ''}: run ` +
      'export BICEP="$(infra/checks/get-bicep)" with the .NET SDK at hand, or install it with az bicep install and put ~/.azure/bin on the PATH.',
  );
}

const createBicep =
  (path: string, environment: NodeJS.ProcessEnv): Bicep =>
  (args, more = {}) =>
    new Promise((resolve) => {
      const options = { env: { ...environment, ...more }, maxBuffer: 64 * 1024 * 1024 };
      execFile(path, [...args], options, (error, stdout, stderr) => {
        const lines = stderr.split('\n').filter((line) => / : (Error|Warning) /.test(line));
        const failed =
          error !== null && lines.length === 0 ? [`bicep ${args.join(' ')}: ${stderr || error.message}`] : [];
        resolve({ stdout, complaints: [...lines, ...failed] });
      });
    });
