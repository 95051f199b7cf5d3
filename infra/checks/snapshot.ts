import { readFile, rm } from 'node:fs/promises';

import type { Bicep } from './bicep.ts';
import { readSnapshot, type Resource } from './template.ts';

/** A deployment that never was: names that hash the subscription come out alike on every machine. */
const somewhere = [
  ['--tenant-id', '00000000-0000-0000-0000-00000000000a'],
  ['--subscription-id', '00000000-0000-0000-0000-00000000000b'],
  ['--resource-group', 'rg-relay'],
  ['--location', 'westeurope'],
  ['--deployment-name', 'main'],
].flat();

const pathOf = (parameters: string): string => parameters.replace(/\.bicepparam$/, '.snapshot.json');

/**
 * What a deployment with these parameters would make, compared with the snapshot beside them.
 * @param update whether the snapshot is written anew instead
 */
export async function checkSnapshot(
  bicep: Bicep,
  parameters: string,
  update: boolean,
): Promise<{ resources: readonly Resource[]; problems: readonly string[] }> {
  const mode = update ? 'overwrite' : 'validate';
  const { stdout, complaints } = await bicep(['snapshot', parameters, '--mode', mode, ...somewhere]);
  const resources = readSnapshot(JSON.parse(await readFile(pathOf(parameters), 'utf8')));
  const how = 'If it is what you meant, write the snapshot anew with npm run infra -- --update.';
  return { resources, problems: complaints.map((complaint) => `${complaint}\n${stdout.trim()}\n${how}`) };
}

/** The same for parameters that have no snapshot to be kept. @throws Error with what Bicep says against them */
export async function predict(
  bicep: Bicep,
  parameters: string,
  environment: Readonly<Record<string, string>>,
): Promise<readonly Resource[]> {
  const { complaints } = await bicep(['snapshot', parameters, '--mode', 'overwrite', ...somewhere], environment);
  if (complaints.length > 0) throw new Error(complaints.join('\n'));
  try {
    return readSnapshot(JSON.parse(await readFile(pathOf(parameters), 'utf8')));
  } finally {
    await rm(pathOf(parameters));
  }
}
