import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

import type { Bicep } from './bicep.ts';

/**
 * What the CLI says of `entra.bicep` where it cannot fetch the types of Microsoft Graph, each once, and of which words.
 * Anything more or less is a mistake of the file's own.
 */
const withoutTypes: readonly string[] = [
  'BCP192 microsoftGraphV1',
  "BCP029 'Microsoft.Graph/applications@v1.0'",
  "BCP157 'federatedIdentityCredentials'",
  "BCP029 'Microsoft.Graph/servicePrincipals@v1.0'",
  'BCP062 app',
];

/** @param source of the file that is complained about @returns complaints but those that come of the missing types */
export function besidesMissingTypes(complaints: readonly string[], source: string): string[] {
  if (!complaints.some((line) => line.includes('BCP192'))) return [...complaints];
  const lines = source.split('\n');
  const expected = new Set(withoutTypes);
  const others = complaints.filter((complaint) => {
    const [, line = 1, column = 1, code = ''] = /\((\d+),(\d+)\) : \w+ (BCP\d+):/.exec(complaint) ?? [];
    const [words = ''] = /^'[^']*'|^\w+/.exec(lines[Number(line) - 1]?.slice(Number(column) - 1) ?? '') ?? [];
    return !expected.delete(`${code} ${words}`);
  });
  return [...others, ...[...expected].map((one) => `${one} is not said any more: look at the list in check-files.ts.`)];
}

/** Formats and lints every Bicep file. @returns what is wrong with them; a warning is wrong, too */
export async function checkFiles(bicep: Bicep, infra: string, tell: (line: string) => void): Promise<string[]> {
  const all = await readdir(infra, { recursive: true });
  const files = all.filter((name) => /\.bicep(param)?$/.test(name)).toSorted();
  const problems: string[] = [];
  for (const name of files) {
    const path = join(infra, name);
    const { stdout, complaints } = await bicep(['format', path, '--stdout']);
    if (stdout !== (await readFile(path, 'utf8')))
      problems.push(`infra/${name} is not formatted: run bicep format on it.`);
    problems.push(...complaints);
  }
  for (const name of files.filter((one) => one.endsWith('.bicep') && !one.includes('/'))) {
    const { complaints } = await bicep(['lint', join(infra, name)]);
    const left = besidesMissingTypes(complaints, await readFile(join(infra, name), 'utf8'));
    if (left.length < complaints.length)
      tell(`infra/${name} is linted but for the types of Microsoft Graph, which this machine cannot fetch.`);
    problems.push(...left);
  }
  return problems.map((line) => line.replaceAll(`${infra}/`, `${relative(process.cwd(), infra)}/`));
}
