import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { checkAlerts, readAlerts, readSections } from '../../infra/checks/alerts.ts';
import { findOpenDoors, findPublicDoors, rules } from '../../infra/checks/closed-doors.ts';
import { readEvents } from '../../infra/checks/events.ts';
import { compareGrants, readGrants } from '../../infra/checks/least-privilege.ts';
import { readSnapshot } from '../../infra/checks/template.ts';

/** What the checks of `npm run infra` say of a real deployment with one thing changed: whether they can fail at all. */

const infra = join(import.meta.dirname, '..', '..', 'infra');
const read = (name: string): string => readFileSync(join(infra, name), 'utf8');
const sections = readSections(read('runbooks.md'));
const events = readEvents(read('events.md'));

const leftOut = Symbol('left out');

interface Raw {
  type: string;
  name: string;
  id: string;
  properties: Record<string, unknown>;
}

/** @param change made to each resource of a deployment behind private endpoints */
function complaints(change: (resource: Raw) => unknown = () => undefined): string[] {
  const { predictedResources } = JSON.parse(read('examples/many-tenants.snapshot.json')) as {
    predictedResources: Raw[];
  };
  const resources = readSnapshot({ predictedResources: predictedResources.filter((one) => change(one) !== leftOut) });
  return [
    ...findOpenDoors({ resources, outputs: [], parameters: [] }),
    ...findPublicDoors(resources),
    ...compareGrants(readGrants(resources)),
    ...checkAlerts(readAlerts(resources), sections, events),
  ];
}

const each =
  (type: string, change: (properties: Record<string, unknown>, one: Raw) => unknown) =>
  (one: Raw): unknown =>
    one.type.endsWith(type) ? change(one.properties, one) : undefined;

it('a deployment as it is leaves nothing to say', () => {
  expect(complaints()).toEqual([]);
});

it.each(rules.map((rule) => [rule.type, rule.named ?? 'all', rule.path.join('.'), rule] as const))(
  '%s (%s): %s changed is found',
  (type, named, _path, { path, is }) => {
    const changed = complaints((one) => {
      if (one.type !== type || (named !== 'all' && !one.name.endsWith(`/${named}`))) return;
      const parents = path.slice(0, -1);
      const parent = parents.reduce((at, key) => at[key] as Record<string, unknown>, one.properties);
      parent[path.at(-1) ?? ''] = typeof is === 'boolean' ? !is : ['another'];
    });
    expect(changed.filter((problem) => problem.includes(path.join('.'))).length).toBeGreaterThan(0);
  },
);

it.each([...new Set(rules.map(({ type, named }) => `${type} ${named ?? ''}`))])('a missing %s is found', (which) => {
  const [type, named = ''] = which.split(' ');
  const changed = complaints((one) => (one.type === type && one.name.endsWith(named) ? leftOut : undefined));
  expect(changed.join()).toContain(`There is no ${type}`);
});

it.each<[string, (one: Raw) => unknown, string]>([
  [
    'a setting that holds a key',
    each('sites/config', (_settings, one) => (one.properties = { RelayStorage: 'AccountName=x;AccountKey=y' })),
    'works with a key',
  ],
  [
    'an account open to the internet',
    each('/storageAccounts', (account) => (account['networkAcls'] = { bypass: 'None', defaultAction: 'Allow' })),
    'is reached from everywhere',
  ],
  [
    'a vault open to the internet',
    each('/vaults', (vault) => (vault['networkAcls'] = { bypass: 'None', defaultAction: 'Deny', ipRules: [] })),
    'is reached from everywhere',
  ],
  ['no private endpoints', each('/privateEndpoints', () => leftOut), 'has no private endpoint'],
  [
    'a role for somebody else',
    each('/roleAssignments', (role) => (role['principalId'] = '99999999-9999-9999-9999-999999999999')),
    "somebody else than the app's identity",
  ],
  [
    'a role for an identity that is not this app’s',
    each('/roleAssignments', (role) => (role['principalId'] = String(role['principalId']).replace('/id-', '/other-'))),
    "somebody else than the app's identity",
  ],
  [
    'a role for people',
    each('/roleAssignments', (role) => (role['principalType'] = 'Group')),
    "somebody else than the app's identity",
  ],
  [
    'another role',
    each('/roleAssignments', (role) => (role['roleDefinitionId'] = 'x/8e3af657-a8ff-443c-a75c-2fe8c4bcb635')),
    'is not in the list',
  ],
  [
    'a role on more than it needs',
    each('/roleAssignments', (_role, one) => (one.id = one.id.replace(/\/blobServices\/default\/containers\/\w+/, ''))),
    'is not in the list',
  ],
  [
    'a role of its own making',
    each('/roleAssignments', (_role, one) => (one.type = 'Microsoft.Authorization/roleDefinitions')),
    'is not in the list',
  ],
  ['a role that is missing', each('/roleAssignments', () => leftOut), 'is in the list, but not granted'],
  [
    'an alert without its runbook',
    each('/scheduledQueryRules', (rule) => (rule['description'] = 'Look at the log.')),
    'has no section',
  ],
  ['an alert that is gone', each('/scheduledQueryRules', () => leftOut), 'belongs to no alert'],
  ['an expiry that nobody is told of', each('/eventSubscriptions', () => leftOut), 'belongs to no alert'],
  ['an alert switched off', each('/scheduledQueryRules', (rule) => (rule['enabled'] = false)), 'is heard by nobody'],
  ['an alert to nobody', each('/scheduledQueryRules', (rule) => (rule['actions'] = {})), 'is heard by nobody'],
])('%s is found', (_what, change, problem) => {
  expect(complaints(change).filter((one) => one.includes(problem)).length).toBeGreaterThan(0);
});
