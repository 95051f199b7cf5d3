import { at, type Resource, type Template } from './template.ts';

interface Rule {
  readonly type: string;
  readonly path: readonly string[];
  readonly is: unknown;
}

/** What must stand in every resource of a type, word for word: no expression can make it anything else. */
const rules: readonly Rule[] = [
  { type: 'Microsoft.Storage/storageAccounts', path: ['allowSharedKeyAccess'], is: false },
  { type: 'Microsoft.Storage/storageAccounts', path: ['allowBlobPublicAccess'], is: false },
  { type: 'Microsoft.Storage/storageAccounts', path: ['supportsHttpsTrafficOnly'], is: true },
  { type: 'Microsoft.Storage/storageAccounts', path: ['minimumTlsVersion'], is: 'TLS1_2' },
  { type: 'Microsoft.Storage/storageAccounts', path: ['defaultToOAuthAuthentication'], is: true },
  { type: 'Microsoft.Storage/storageAccounts', path: ['allowCrossTenantReplication'], is: false },
  { type: 'Microsoft.Storage/storageAccounts/blobServices/containers', path: ['publicAccess'], is: 'None' },
  { type: 'Microsoft.KeyVault/vaults', path: ['enableRbacAuthorization'], is: true },
  { type: 'Microsoft.KeyVault/vaults', path: ['enablePurgeProtection'], is: true },
  { type: 'Microsoft.Insights/components', path: ['DisableLocalAuth'], is: true },
  { type: 'Microsoft.OperationalInsights/workspaces', path: ['features', 'disableLocalAuth'], is: true },
  { type: 'Microsoft.Web/sites', path: ['httpsOnly'], is: true },
  { type: 'Microsoft.Web/sites', path: ['siteConfig', 'ftpsState'], is: 'Disabled' },
  { type: 'Microsoft.Web/sites', path: ['siteConfig', 'minTlsVersion'], is: '1.2' },
  {
    type: 'Microsoft.Web/sites',
    path: ['functionAppConfig', 'deployment', 'storage', 'authentication', 'type'],
    is: 'UserAssignedIdentity',
  },
  { type: 'Microsoft.Web/sites/basicPublishingCredentialsPolicies', path: ['allow'], is: false },
];

/** Functions that hand out keys, and what keys look like in a connection string. */
const keys = /\blist(Keys|AccountSas|ServiceSas|Secrets|\w*Keys)\s*\(|AccountKey=|SharedAccessKey=|\bsig=/i;
const secretName = /key|secret|password|token|connectionstring/i;

/** No secret, and only with a token of the identity does anybody take it (rule DisableLocalAuth). */
const harmless = new Set(['connectionString']);

/** @returns what lets somebody in who has no token, a sentence each */
export function findOpenDoors({ resources, outputs, parameters }: Template): string[] {
  const missing = [...new Set(rules.map(({ type }) => type))].filter(
    (type) => !resources.some((one) => one.type === type),
  );
  return [
    ...missing.map((type) => `There is no ${type}: its rules would hold for nothing.`),
    ...resources.flatMap(againstRules),
    ...resources
      .filter(({ whole }) => keys.test(JSON.stringify(whole)))
      .map(({ type }) => `A ${type} works with a key or a shared access signature.`),
    ...resources
      .filter(({ type }) => type === 'Microsoft.KeyVault/vaults/secrets')
      .map(
        () => 'A secret is written by the template: put it into the vault by hand, where no deployment keeps a copy.',
      ),
    ...outputs
      .filter(
        ({ name, type, value }) => type.startsWith('secure') || keys.test(JSON.stringify(value)) || isSecret(name),
      )
      .map(({ name }) => `Output ${name} may hold a secret; every reader of the resource group sees outputs.`),
    ...parameters
      .filter(({ type }) => type.startsWith('secure'))
      .map(({ name }) => `Parameter ${name} is a secret: it belongs into the vault.`),
  ];
}

const isSecret = (name: string): boolean => secretName.test(name) && !harmless.has(name);

const againstRules = ({ type, properties }: Resource): string[] =>
  rules
    .filter((rule) => rule.type === type && at(properties, ...rule.path) !== rule.is)
    .map(({ path, is }) => `A ${type} must have ${path.join('.')} = ${JSON.stringify(is)}.`);

/** @param resources of a deployment behind private endpoints @returns what is still reached from everywhere */
export const findPublicDoors = (resources: readonly Resource[]): string[] =>
  resources
    .filter(({ type }) => ['Microsoft.Storage/storageAccounts', 'Microsoft.KeyVault/vaults'].includes(type))
    .filter(({ properties }) => at(properties, 'publicNetworkAccess') !== 'Disabled')
    .map(({ name }) => `${name} is reached from everywhere, although the deployment is private.`);
