import { expect, it } from 'vitest';

import { findOpenDoors, findPublicDoors } from '../../infra/checks/closed-doors.ts';
import { readSnapshot, readTemplate } from '../../infra/checks/template.ts';

const doors = {
  'Microsoft.Storage/storageAccounts': {
    allowSharedKeyAccess: false,
    allowBlobPublicAccess: false,
    supportsHttpsTrafficOnly: true,
    minimumTlsVersion: 'TLS1_2',
    defaultToOAuthAuthentication: true,
    allowCrossTenantReplication: false,
    networkAcls: { bypass: 'None' },
  },
  'Microsoft.Storage/storageAccounts/blobServices/containers': { publicAccess: 'None' },
  'Microsoft.KeyVault/vaults': {
    enableRbacAuthorization: true,
    enableSoftDelete: true,
    enablePurgeProtection: true,
    networkAcls: { bypass: 'None' },
  },
  'Microsoft.Insights/components': { DisableLocalAuth: true },
  'Microsoft.OperationalInsights/workspaces': { features: { disableLocalAuth: true } },
  'Microsoft.Web/sites': {
    httpsOnly: true,
    siteConfig: { ftpsState: 'Disabled', minTlsVersion: '1.2', scmMinTlsVersion: '1.2' },
    functionAppConfig: { deployment: { storage: { authentication: { type: 'UserAssignedIdentity' } } } },
  },
  'Microsoft.Web/sites/basicPublishingCredentialsPolicies': { allow: false },
};
type Type = keyof typeof doors;

/** A template of which some resources are a module's, as compiled ones are. */
function template(change: Partial<Record<Type, object>>, more: { resources?: object[]; outputs?: object } = {}) {
  const resources = Object.entries({ ...doors, ...change }).flatMap(([type, properties]) =>
    (type.endsWith('Policies') ? ['ftp', 'scm'] : ['x']).map((name) => ({
      type,
      name: `[format('{0}/{1}', parameters('appName'), '${name}')]`,
      properties,
    })),
  );
  const [first, ...others] = resources;
  const module = {
    type: 'Microsoft.Resources/deployments',
    name: 'm',
    properties: { template: { resources: Object.fromEntries(others.map((one, index) => [`r${index}`, one])) } },
  };
  return readTemplate({ resources: [first, module, ...(more.resources ?? [])], outputs: more.outputs });
}

it('finds nothing where every door is closed, also in modules', () => {
  expect(findOpenDoors(template({}))).toEqual([]);
});

it.each(Object.keys(doors) as Type[])('a %s without any of its properties is an open door', (type) => {
  expect(findOpenDoors(template({ [type]: {} })).length).toBeGreaterThan(0);
});

it('a rule that an expression decides is an open door', () => {
  const properties = { ...doors['Microsoft.Storage/storageAccounts'], allowSharedKeyAccess: "[parameters('keys')]" };
  expect(findOpenDoors(template({ 'Microsoft.Storage/storageAccounts': properties }))).toEqual([
    'A Microsoft.Storage/storageAccounts must have allowSharedKeyAccess = false.',
  ]);
});

it('a template that lacks a kind of resource is not taken for one whose doors are closed', () => {
  expect(findOpenDoors(readTemplate({ resources: [] }))).toContain(
    'There is no Microsoft.KeyVault/vaults: its rules hold for nothing.',
  );
});

it.each([
  ["[listKeys('x', '2025-08-01').keys[0].value]"],
  ['DefaultEndpointsProtocol=https;AccountName=x;AccountKey=y'],
  ["[format('{0}', listAccountSas('x', '2025-08-01', createObject()).accountSasToken)]"],
])('a key is found wherever it is: %s', (value) => {
  const resources = [{ type: 'Microsoft.Web/sites/config', name: 'x', properties: { Setting: value } }];
  expect(findOpenDoors(template({}, { resources }))).toHaveLength(1);
  expect(findOpenDoors(template({}, { outputs: { out: { type: 'string', value } } }))).toHaveLength(1);
});

it('secrets in outputs, parameters and templates are found', () => {
  expect(findOpenDoors(template({}, { outputs: { webhookSecret: { type: 'string', value: 'x' } } }))).toHaveLength(1);
  expect(findOpenDoors(template({}, { outputs: { fine: { type: 'securestring', value: 'x' } } }))).toHaveLength(1);
  const secret = { type: 'Microsoft.KeyVault/vaults/secrets', name: 'x', properties: { value: 'x' } };
  expect(findOpenDoors(template({}, { resources: [secret] }))).toHaveLength(1);
  const withParameter = readTemplate({ resources: [], parameters: { p: { type: 'securestring' } } });
  expect(findOpenDoors(withParameter)).toContain('Parameter p is a secret: it belongs into the vault.');
});

const closed = { networkAcls: { defaultAction: 'Deny' }, publicNetworkAccess: 'Disabled' };

it.each([
  ['public', { publicNetworkAccess: 'Enabled' }, 1],
  ['public, but for a rule that denies nobody', { ...closed, networkAcls: { defaultAction: 'Allow' } }, 1],
  ['open, with a rule that names nobody', { ...closed, publicNetworkAccess: 'Enabled' }, 1],
  ['closed', closed, 0],
  [
    'open to addresses that are named',
    { publicNetworkAccess: 'Enabled', networkAcls: { defaultAction: 'Deny', ipRules: [{ value: '203.0.113.7' }] } },
    0,
  ],
])('behind private endpoints, a storage account or vault that is %s', (_what, properties, found) => {
  for (const type of ['Microsoft.Storage/storageAccounts', 'Microsoft.KeyVault/vaults']) {
    const resource = { type, name: type, id: `/${type}/x`, properties };
    const endpoint = { type: 'Microsoft.Network/privateEndpoints', name: 'e', properties: { to: `/${type}/x` } };
    expect(findPublicDoors(readSnapshot({ predictedResources: [resource, endpoint] }))).toHaveLength(found);
    expect(findPublicDoors(readSnapshot({ predictedResources: [resource] }))).toHaveLength(found + 1);
  }
});
