import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const lockShape = z.object({
  packages: z.record(
    z.string(),
    z.looseObject({ version: z.string().optional(), dev: z.boolean().optional(), devOptional: z.boolean().optional() }),
  ),
});

const manifestShape = z.looseObject({ version: z.string() });

/**
 * Folders of the packages that the app needs at run time, by the lock file, for example `node_modules/axios`.
 * @throws Error if what is installed is not what is locked
 */
export async function productionPackages(project: string): Promise<string[]> {
  const { packages } = lockShape.parse(JSON.parse(await readFile(join(project, 'package-lock.json'), 'utf8')));
  const wanted = Object.entries(packages).filter(
    ([folder, { dev, devOptional }]) => folder !== '' && dev !== true && devOptional !== true,
  );
  for (const [folder, { version }] of wanted) {
    const manifest = await readFile(join(project, folder, 'package.json'), 'utf8').catch(() => '{"version":"none"}');
    const installed = manifestShape.parse(JSON.parse(manifest)).version;
    if (installed !== version) {
      throw new Error(`${folder} is ${installed}, and ${version ?? 'another'} in package-lock.json: run npm ci.`);
    }
  }
  return wanted.map(([folder]) => folder);
}
