import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

import { stagePackage } from '../../infra/package/stage.ts';
import { zipFolder } from '../../infra/package/zip.ts';
import { contentTypes } from '../../shared/activity-api/content-types.ts';
import { asBytes, deliveredLines } from '../end-to-end/delivered-lines.ts';
import { madeUpRecords } from '../end-to-end/made-up-records.ts';
import { makeFolder, startRelay } from '../end-to-end/relay.ts';
import { compiledApp } from '../support/compiled-app.ts';
import { unzip } from './unzip.ts';

const tenantId = '1a1a1a1a-0001-4001-8001-000000000001';

test('the unpacked zip alone onboards a customer and delivers every record', async () => {
  const folder = await makeFolder();
  onTestFinished(() => folder.remove());
  const appDirectory = join(folder.path, 'app');
  await stagePackage(compiledApp(), join(folder.path, 'staged'));
  await zipFolder(join(folder.path, 'staged'), join(folder.path, 'relay.zip'));
  const names = await unzip(join(folder.path, 'relay.zip'), appDirectory);

  const roots = new Set(names.map((name) => name.split('/')[0]));
  expect(roots).toEqual(new Set(['dist', 'host.json', 'node_modules', 'package.json']));
  const idle =
    /\.([cm]?ts|map|md)$|(^|\/)\.|node_modules\/(@[^/]+\/)?[^/]+\/tests?\/|node_modules\/(vitest|azurite|node|typescript)\//;
  expect(names.filter((name) => idle.test(name))).toEqual([]);
  // What is missing in it cannot be found beside it.
  for (let above = dirname(appDirectory); ; above = dirname(above)) {
    expect(existsSync(join(above, 'node_modules')), above).toBe(false);
    if (above === dirname(above)) break;
  }

  const records = contentTypes.flatMap((contentType, index) => madeUpRecords(tenantId, contentType, index * 100, 5));
  await writeFile(join(folder.path, 'records.ndjson'), records.map((line) => `${line}\n`).join(''));
  const relay = await startRelay({
    directory: join(folder.path, 'state'),
    appDirectory,
    simulator: { records: join(folder.path, 'records.ndjson') },
  });
  onTestFinished(() => relay.stop());
  await relay.onboard();
  await relay.settled();
  expect((await deliveredLines(relay.delivered)).toSorted()).toEqual(records.map(asBytes).toSorted());
}, 180_000);
