import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { besidesMissingTypes } from '../../infra/checks/check-files.ts';
import { microsoftClouds } from '../../shared/entra/clouds.ts';

/** The registration is made by a template that cannot be compiled here, or by hand: both are read as text. */

const project = join(import.meta.dirname, '..', '..');
const read = (name: string): Promise<string> => readFile(join(project, name), 'utf8');
const template = await read('infra/entra.bicep');
const byHand = await read('infra/README.md');

/** Office 365 Management APIs: the three application permissions; Microsoft Graph: to sign in. */
const permissions = {
  'c5393580-f805-4401-95e8-94b7a6ef2fc2': undefined,
  '594c1fb6-4f81-4475-ae41-0c394909246c': 'Role',
  '4807a72c-ad38-4250-94c9-4eabfe26cd55': 'Role',
  'e2cea78f-e743-4d8f-a16a-75b629a038ae': 'Role',
  '00000003-0000-0000-c000-000000000000': undefined,
  'e1fe6dd8-ba31-4d61-89e7-88639da4683d': 'Scope',
};

it.each([
  ['entra.bicep', template],
  ['the registration by hand', /cat > permissions\.json.*?\nJSON\n/s.exec(byHand)?.[0] ?? ''],
])('%s asks for the four permissions, and nothing else', (_what, text) => {
  const found = text.matchAll(/["']([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})["'](?:, ?"?type"?: ?["'](\w+))?/g);
  expect(Object.fromEntries([...found].map(([, id, type]) => [id, type]))).toEqual(permissions);
});

it.each([
  ['entra.bicep', template],
  ['the registration by hand', byHand],
])('%s redirects to where the app answers, and knows its roles', async (_what, text) => {
  for (const path of ['consent/callback', 'signin/callback']) {
    expect(text).toContain(`/${path}`);
    expect(await read(`functions/${path.replace('/', '-')}.ts`)).toContain(`route: '${path}'`);
  }
  const handler = await read('shared/console/console-handler.ts');
  for (const role of ['Operator', 'Reader']) {
    expect(text).toMatch(new RegExp(`"?value"?: ?["']${role}["']`));
    expect(handler).toContain(`'${role}'`);
  }
  expect(text).toContain('AzureADMultipleOrgs');
});

it('the audience of the federated credential is the one that the app asks the identity for', () => {
  expect(template).toContain(`audiences: ['${microsoftClouds.worldwide.assertionAudience}']`);
  expect(byHand).toContain(`"audiences":["${microsoftClouds.worldwide.assertionAudience}"]`);
  expect(byHand).toContain(microsoftClouds['gcc-high'].assertionAudience);
});

const at = (line: number, column: number, code: string): string =>
  `entra.bicep(${line},${column}) : Error ${code}: no.`;

/** What the CLI says of the words, wherever they stand. */
function complaint(code: string, words: string): string {
  const lines = template.split('\n');
  const line = lines.findIndex((text) => text.includes(words));
  return at(line + 1, (lines[line]?.indexOf(words) ?? 0) + 1, code);
}

const offline = [
  complaint('BCP192', 'microsoftGraphV1'),
  complaint('BCP029', "'Microsoft.Graph/applications@v1.0'"),
  complaint('BCP157', "'federatedIdentityCredentials'"),
  complaint('BCP029', "'Microsoft.Graph/servicePrincipals@v1.0'"),
  complaint('BCP062', 'app.appId'),
];

it('where the types of Microsoft Graph cannot be fetched, that is all that is let through', () => {
  expect(besidesMissingTypes(offline, template)).toEqual([]);
  const typo = complaint('BCP029', "'modules/identity.bicep'");
  expect(besidesMissingTypes([...offline, typo], template)).toEqual([typo]);
  const twice = offline[1] ?? '';
  expect(besidesMissingTypes([...offline, twice], template)).toEqual([twice]);
  expect(besidesMissingTypes(offline.slice(0, 4), template)).toEqual([
    'BCP062 app is not said any more: look at the list in check-files.ts.',
  ]);
});

it('where they can be fetched nothing is let through', () => {
  const misnamed = complaint('BCP029', "'Microsoft.Graph/applications@v1.0'");
  expect(besidesMissingTypes([misnamed], template)).toEqual([misnamed]);
});
