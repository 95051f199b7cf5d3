import { at, type Resource } from './template.ts';

const roleNames: Readonly<Record<string, string>> = {
  'b7e6dc6d-f1e8-4753-8033-0f276bb0955b': 'Storage Blob Data Owner',
  'ba92f5b4-2d11-453d-a403-e96b0029c9fe': 'Storage Blob Data Contributor',
  '974c5e8b-45b9-4653-ba55-5f855dd0fb88': 'Storage Queue Data Contributor',
  '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3': 'Storage Table Data Contributor',
  '4633458b-17de-408a-b874-0445c86b69e6': 'Key Vault Secrets User',
  '3913510d-42f4-4e42-8a64-420c390055eb': 'Monitoring Metrics Publisher',
};

/** Everything that the app's identity may do, and where. What the Bicep files say beyond it is too much. */
const granted: readonly (readonly [scope: RegExp, role: string])[] = [
  [/^sthost\w+$/, 'Storage Blob Data Owner'],
  [/^sthost\w+$/, 'Storage Table Data Contributor'],
  [/^stdata\w+$/, 'Storage Table Data Contributor'],
  [/^stdata\w+\/queues\/content$/, 'Storage Queue Data Contributor'],
  [/^stdata\w+\/queues\/content-poison$/, 'Storage Queue Data Contributor'],
  [/^stdata\w+\/containers\/archive$/, 'Storage Blob Data Contributor'],
  [/^stdata\w+\/containers\/saved$/, 'Storage Blob Data Contributor'],
  [/^kv-\w+$/, 'Key Vault Secrets User'],
  [/^appi-/, 'Monitoring Metrics Publisher'],
];

export interface Grant {
  /** The resource by its last names, for example `stdata…/queues/content`. */
  readonly scope: string;
  readonly role: string;
  /** Whether it is granted to the identity that the app runs as, and to nobody else. */
  readonly isToApp: boolean;
}

/** The identity that is made with the app, as a snapshot names what is not known before a deployment. */
const appIdentity =
  /^\[reference\('[^']+\/Microsoft\.ManagedIdentity\/userAssignedIdentities\/id-[^'/]+', '[^']+'\)\.principalId\]$/;

/** What a snapshot allows, in words: role assignments, and whatever else of the kind it may hold. */
export const readGrants = (resources: readonly Resource[]): Grant[] =>
  resources
    .filter(({ type }) => type.startsWith('Microsoft.Authorization/'))
    .map(({ type, id = '', properties }) => {
      const isRole = type === 'Microsoft.Authorization/roleAssignments';
      const roleId = isRole ? (String(at(properties, 'roleDefinitionId')).split('/').at(-1) ?? '') : type;
      const isToApp =
        at(properties, 'principalType') === 'ServicePrincipal' &&
        appIdentity.test(String(at(properties, 'principalId')));
      return { scope: shortScope(id), role: roleNames[roleId] ?? roleId, isToApp };
    });

function shortScope(id: string): string {
  const scope = id.split('/providers/Microsoft.Authorization/')[0] ?? '';
  const provider = /\/providers\/[^/]+\/[^/]+\/(.+)$/.exec(scope)?.[1];
  return provider?.replace(/\/(?:blob|queue)Services\/default/, '') ?? scope;
}

/** @returns what is granted beyond the list or missing from it, a sentence each */
export function compareGrants(found: readonly Grant[]): string[] {
  const isSame = ([scope, role]: (typeof granted)[number], grant: Grant): boolean =>
    scope.test(grant.scope) && role === grant.role;
  return [
    ...found
      .filter(({ isToApp }) => !isToApp)
      .map(({ scope, role }) => `${role} on ${scope} is granted to somebody else than the app's identity.`),
    ...found
      .filter((grant) => !granted.some((one) => isSame(one, grant)))
      .map(({ scope, role }) => `${role} on ${scope} is not in the list of infra/checks/least-privilege.ts.`),
    ...granted
      .filter((one) => !found.some((grant) => isSame(one, grant)))
      .map(([scope, role]) => `${role} on ${scope.source} is in the list, but not granted.`),
  ];
}
