import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';

import { type ConsentFixture, startConsentFixture } from './consent-fixture.ts';

export interface DeliveringFixture extends ConsentFixture {
  /** Where the destination writes what is delivered. */
  folder: string;
}

/** One customer before consent whose records are delivered into a folder, for a whole file of tests. */
export function useDeliveringFixture(): DeliveringFixture {
  const on = { folder: '' } as DeliveringFixture;
  beforeAll(async () => {
    on.folder = await mkdtemp(join(tmpdir(), 'delivered-'));
    await startConsentFixture({ DESTINATION_LOCAL_PATH: on.folder, TENANT_REQUESTS_PER_MINUTE: '60000' }, on);
    await on.reset();
  });
  afterAll(async () => {
    await on.environment.close();
    await rm(on.folder, { recursive: true, force: true });
  });
  return on;
}
