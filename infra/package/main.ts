import { stat } from 'node:fs/promises';
import { join, relative } from 'node:path';

import { printTable } from '../checks/print-table.ts';
import { stagePackage } from './stage.ts';
import { zipFolder } from './zip.ts';

/** `npm run package`: what is deployed, as the folder `.package/app` and as `.package/relay.zip`. */

const project = join(import.meta.dirname, '..', '..');
const folder = join(project, '.package', 'app');
const zip = join(project, '.package', 'relay.zip');

/** For example `dist/shared` or `node_modules/axios`. */
const partOf = (name: string): string => {
  const parts = name.split('/').slice(0, -1);
  return parts.slice(0, parts[1]?.startsWith('@') === true ? 3 : 2).join('/') || '.';
};

await stagePackage(project, folder);
const entries = await zipFolder(folder, zip);
const parts = [...Map.groupBy(entries, ({ name }) => partOf(name))].map(([part, some]) => [
  part,
  String(some.length),
  String(Math.ceil(some.reduce((sum, { bytes }) => sum + bytes, 0) / 1024)),
]);
printTable('What is deployed', ['folder', 'files', 'kB'], parts);
const { size } = await stat(zip);
console.log(`${relative(process.cwd(), zip)}: ${entries.length} files, ${(size / 1024 / 1024).toFixed(1)} MB.`);
