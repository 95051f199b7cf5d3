import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { z } from 'zod';

import { productionPackages } from './production-packages.ts';

/** Never loaded by Node: types, maps, documents, a package's own tests and tools, the builds for browsers and other engines. */
const isIdle = (path: string): boolean =>
  /\.(?:map|md|markdown|tsbuildinfo|[cm]?ts|flow|ya?ml|html)$/i.test(path) ||
  /(?:^|\/)dist\/(?:browser|react-native|workerd|umd)(?:\/|$)/.test(path) ||
  /(?:^|\/)\.[^/]+$|(?:^|\/)__tests__$|^(?:tests?|docs)$/.test(path);

const manifestShape = z.looseObject({
  name: z.string(),
  version: z.string(),
  type: z.string(),
  main: z.string(),
  dependencies: z.record(z.string(), z.string()),
});

/**
 * Lays out in a folder, which is emptied first, what runs in Azure and nothing else.
 * @param project where `npm ci` and `npm run build` have been
 * @throws Error if what is installed is not what is locked
 */
export async function stagePackage(project: string, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const packages = await productionPackages(project);
  for (const part of ['dist', ...packages]) {
    const from = join(project, part);
    await cp(from, join(folder, part), {
      recursive: true,
      filter: (source) => {
        const path = relative(from, source);
        // Packages inside a package have their own entries.
        return !isIdle(path) && (part === 'dist' || basename(path) !== 'node_modules');
      },
    });
  }
  await cp(join(project, 'host.json'), join(folder, 'host.json'));
  const manifest = manifestShape.parse(JSON.parse(await readFile(join(project, 'package.json'), 'utf8')));
  const { name, version, type, main, dependencies } = manifest;
  const needed = { name, version, private: true, type, main, dependencies };
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(needed, undefined, 2)}\n`);
}
