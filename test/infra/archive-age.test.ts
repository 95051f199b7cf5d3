import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';

import { readSnapshot } from '../../infra/checks/template.ts';

/** What an example's deployment does to blobs that grow old. */
function agedBy(example: string) {
  const path = join(import.meta.dirname, '..', '..', 'infra', 'examples', `${example}.snapshot.json`);
  const resources = readSnapshot(JSON.parse(readFileSync(path, 'utf8')));
  const policies = resources.filter(({ type }) => type === 'Microsoft.Storage/storageAccounts/managementPolicies');
  const rule = z.object({
    enabled: z.boolean(),
    definition: z.object({
      filters: z.object({ prefixMatch: z.array(z.string()) }),
      actions: z.object({ baseBlob: z.record(z.string(), z.unknown()) }),
    }),
  });
  const shape = z.object({ policy: z.object({ rules: z.tuple([rule]) }) });
  expect(policies).toHaveLength(1);
  const { enabled, definition } = shape.parse(policies[0]?.properties).policy.rules[0];
  return { enabled, where: definition.filters.prefixMatch, what: definition.actions.baseBlob };
}

it.each(['small', 'government', 'many-tenants'])('%s: only the archive ages, never what waits for delivery', (name) => {
  expect(agedBy(name).where).toEqual(['archive/']);
});

it('what is kept for ever in one deployment is not deleted by the rule of the one before', () => {
  expect(agedBy('many-tenants')).toMatchObject({
    enabled: true,
    what: { delete: { daysAfterModificationGreaterThan: 2555 } },
  });
  const { enabled, what } = agedBy('government');
  expect(enabled).toBe(false);
  expect(Object.keys(what)).toEqual(['tierToCool']);
});
