import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { compareGrants, readGrants } from '../../infra/checks/least-privilege.ts';
import { readSnapshot } from '../../infra/checks/template.ts';

const snapshot = join(import.meta.dirname, '..', '..', 'infra', 'examples', 'small.snapshot.json');
const grants = readGrants(readSnapshot(JSON.parse(await readFile(snapshot, 'utf8'))));

it('the snapshot grants what is in the list, and nothing else', () => {
  expect(grants).toHaveLength(9);
  expect(compareGrants(grants)).toEqual([]);
});

it('a role beyond the list is found, on whatever scope', () => {
  const owner = readGrants([
    {
      type: 'Microsoft.Authorization/roleAssignments',
      name: 'x',
      id: '/subscriptions/s/resourceGroups/g/providers/Microsoft.Authorization/roleAssignments/x',
      properties: {
        roleDefinitionId: '/x/8e3af657-a8ff-443c-a75c-2fe8c4bcb635',
        principalType: 'ServicePrincipal',
        principalId:
          "[reference('/g/Microsoft.ManagedIdentity/userAssignedIdentities/id-x', '2024-11-30').principalId]",
      },
      whole: {},
    },
  ]);
  expect(compareGrants([...grants, ...owner])).toEqual([
    '8e3af657-a8ff-443c-a75c-2fe8c4bcb635 on /subscriptions/s/resourceGroups/g is not in the list of infra/checks/least-privilege.ts.',
  ]);
});

it('a role on the whole account instead of one queue is found', () => {
  const wide = grants.map((one) =>
    one.scope.endsWith('/queues/content') ? { ...one, scope: one.scope.replace('/queues/content', '') } : one,
  );
  expect(compareGrants(wide)).toHaveLength(2);
});
