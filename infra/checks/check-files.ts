import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

import type { Bicep } from './bicep.ts';

/** What the CLI says of a file whose extension's types it cannot fetch; nothing else is let through. */
const withoutTypes = /: Error (BCP192|BCP029|BCP157|BCP062): /;

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
    const isOffline = complaints.some((line) => line.includes('BCP192'));
    if (isOffline)
      tell(`infra/${name} is linted but for the types of Microsoft Graph, which this machine cannot fetch.`);
    problems.push(...complaints.filter((line) => !isOffline || !withoutTypes.test(line)));
  }
  return problems.map((line) => line.replaceAll(`${infra}/`, `${relative(process.cwd(), infra)}/`));
}
