import { at, type Resource, type Template } from './template.ts';

interface Rule {
  readonly type: string;
  /** For one of that name only, which must be there. */
  readonly named?: string;
  readonly path: readonly string[];
  readonly is: unknown;
}

/** What must stand in every resource of a type, word for word: no expression can make it anything else. */
export const rules: readonly Rule[] = [
  { type: 'Microsoft.Storage/storageAccounts', path: ['allowSharedKeyAccess'], is: false },
  { type: 'Microsoft.Storage/storageAccounts', path: ['allowBlobPublicAccess'], is: false },
  { type: 'Microsoft.Storage/storageAccounts', path: ['supportsHttpsTrafficOnly'], is: true },
  { type: 'Microsoft.Storage/storageAccounts', path: ['minimumTlsVersion'], is: 'TLS1_2' },
  { type: 'Microsoft.Storage/storageAccounts', path: ['defaultToOAuthAuthentication'], is: true },
  { type: 'Microsoft.Storage/storageAccounts', path: ['allowCrossTenantReplication'], is: false },
  { type: 'Microsoft.Storage/storageAccounts', path: ['networkAcls', 'bypass'], is: 'None' },
  { type: 'Microsoft.Storage/storageAccounts/blobServices/containers', path: ['publicAccess'], is: 'None' },
  { type: 'Microsoft.KeyVault/vaults', path: ['enableRbacAuthorization'], is: true },
  { type: 'Microsoft.KeyVault/vaults', path: ['enableSoftDelete'], is: true },
  { type: 'Microsoft.KeyVault/vaults', path: ['enablePurgeProtection'], is: true },
  { type: 'Microsoft.KeyVault/vaults', path: ['accessPolicies'], is: undefined },
  { type: 'Microsoft.KeyVault/vaults', path: ['networkAcls', 'bypass'], is: 'None' },
  { type: 'Microsoft.Insights/components', path: ['DisableLocalAuth'], is: true },
  { type: 'Microsoft.OperationalInsights/workspaces', path: ['features', 'disableLocalAuth'], is: true },
  { type: 'Microsoft.Web/sites', path: ['httpsOnly'], is: true },
  { type: 'Microsoft.Web/sites', path: ['siteConfig', 'ftpsState'], is: 'Disabled' },
  { type: 'Microsoft.Web/sites', path: ['siteConfig', 'minTlsVersion'], is: '1.2' },
  { type: 'Microsoft.Web/sites', path: ['siteConfig', 'scmMinTlsVersion'], is: '1.2' },
  {
    type: 'Microsoft.Web/sites',
    path: ['functionAppConfig', 'deployment', 'storage', 'authentication', 'type'],
    is: 'UserAssignedIdentity',
  },
  { type: 'Microsoft.Web/sites/basicPublishingCredentialsPolicies', named: 'ftp', path: ['allow'], is: false },
  { type: 'Microsoft.Web/sites/basicPublishingCredentialsPolicies', named: 'scm', path: ['allow'], is: false },
];

/** Functions that hand out keys, and what keys look like in a connection string. */
const keys = /\blist(Keys|AccountSas|ServiceSas|Secrets|\w*Keys)\s*\(|AccountKey=|SharedAccessKey=|\bsig=/i;
const secretName = /key|secret|password|token|connectionstring/i;

/** No secret, and only with a token of the identity does anybody take it (rule DisableLocalAuth). */
const harmless = new Set(['connectionString']);

/** @returns what lets somebody in who has no token, a sentence each */
export function findOpenDoors({ resources, outputs, parameters }: Template): string[] {
  const missing = rules.filter((rule) => !resources.some((one) => isMeant(rule, one)));
  return [
    ...new Set(missing.map(({ type, named }) => `There is no ${inWords(type, named)}: its rules hold for nothing.`)),
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

/** The name is the last part of a path, or the last argument of the expression that makes it. */
const isMeant = ({ type, named }: Rule, resource: Resource): boolean =>
  resource.type === type && (named === undefined || new RegExp(`[/']${named}(?:'\\))?\\]?$`).test(resource.name));

const inWords = (type: string, named: string | undefined): string =>
  named === undefined ? type : `${type} named ${named}`;

const againstRules = (resource: Resource): string[] =>
  rules
    .filter((rule) => isMeant(rule, resource) && at(resource.properties, ...rule.path) !== rule.is)
    .map(({ type, named, path, is }) => {
      const should = is === undefined ? `not have ${path.join('.')}` : `have ${path.join('.')} = ${JSON.stringify(is)}`;
      return `A ${inWords(type, named)} must ${should}.`;
    });

/** @param resources of a deployment behind private endpoints @returns what is still reached from everywhere, or not at all */
export function findPublicDoors(resources: readonly Resource[]): string[] {
  const endpoints = resources.filter(({ type }) => type === 'Microsoft.Network/privateEndpoints');
  const hasEndpoint = ({ id }: Resource): boolean =>
    id !== undefined && endpoints.some(({ whole }) => JSON.stringify(whole).includes(`"${id}"`));
  const closable = resources.filter(({ type }) =>
    ['Microsoft.Storage/storageAccounts', 'Microsoft.KeyVault/vaults'].includes(type),
  );
  return [
    ...closable
      .filter(({ properties }) => !isClosed(properties))
      .map(({ name }) => `${name} is reached from everywhere, although the deployment is private.`),
    ...closable
      .filter((one) => !hasEndpoint(one))
      .map(({ name }) => `${name} has no private endpoint: the app does not reach it.`),
  ];
}

/** Closed but for addresses that are named. */
const isClosed = (properties: unknown): boolean => {
  const named = at(properties, 'networkAcls', 'ipRules');
  const isOpened = Array.isArray(named) && named.length > 0;
  return (
    at(properties, 'networkAcls', 'defaultAction') === 'Deny' &&
    (isOpened || at(properties, 'publicNetworkAccess') === 'Disabled')
  );
};
