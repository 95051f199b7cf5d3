import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

import { findBicep } from '../../infra/checks/bicep.ts';
import { makeFolder } from '../end-to-end/relay.ts';

it('says how to get the CLI where there is none', async () => {
  await expect(findBicep({ PATH: '/nowhere' })).rejects.toThrow('export BICEP="$(infra/checks/get-bicep)"');
  await expect(findBicep({ BICEP: '/nowhere/bicep', PATH: '' })).rejects.toThrow('missing at /nowhere/bicep');
});

it('takes warnings for complaints, and a failure without a word, too', async () => {
  const folder = await makeFolder();
  onTestFinished(() => folder.remove());
  const path = join(folder.path, 'bicep');
  const says = async (script: string): Promise<readonly string[]> => {
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
    return (await (await findBicep({ PATH: folder.path }))(['lint', 'x'])).complaints;
  };
  expect(await says('echo out')).toEqual([]);
  expect(await says('echo "x.bicep(1,1) : Warning BCP1: odd" >&2')).toEqual(['x.bicep(1,1) : Warning BCP1: odd']);
  expect(await says('exit 3')).toHaveLength(1);
});
