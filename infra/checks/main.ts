import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { type Alert, checkAlerts, readAlerts, readSections } from './alerts.ts';
import { type Bicep, findBicep } from './bicep.ts';
import { findOpenDoors, findPublicDoors } from './closed-doors.ts';
import { checkFiles } from './check-files.ts';
import { checkWorkbook } from './workbook.ts';
import { readEvents } from './events.ts';
import { compareGrants, type Grant, readGrants } from './least-privilege.ts';
import { compareSettings, settingsRead } from './settings-read.ts';
import { settingsSet } from './settings-set.ts';
import { checkSnapshot } from './snapshot.ts';
import { printTable } from './print-table.ts';
import { readTemplate } from './template.ts';

/** `npm run infra`: everything that can be known about `infra/` without Azure. `-- --update` writes the snapshots anew. */

const infra = join(import.meta.dirname, '..');
const read = (name: string): Promise<string> => readFile(join(infra, name), 'utf8');

/** The examples, and whether they are deployed behind private endpoints. */
const examples = [
  ['small', false],
  ['government', true],
  ['many-tenants', true],
] as const;

/** What `main.bicepparam` needs to be told. */
const azdEnvironment = {
  AZURE_ENV_NAME: 'relay-example',
  OPERATOR_NAME: 'Example Managed Security',
  ENTRA_CLIENT_ID: '11111111-2222-3333-4444-555555555555',
  ALERT_EMAILS: 'oncall@example.com',
};

async function check(bicep: Bicep, update: boolean): Promise<string[]> {
  const problems = await checkFiles(bicep, infra, console.log);
  if (problems.length > 0) return problems;

  const built = await bicep(['build', join(infra, 'main.bicep'), '--stdout']);
  problems.push(...built.complaints, ...findOpenDoors(readTemplate(JSON.parse(built.stdout))));

  const byAzd = await bicep(['build-params', join(infra, 'main.bicepparam'), '--stdout'], azdEnvironment);
  problems.push(...byAzd.complaints);

  const settings = await settingsSet(bicep, infra);
  const events = readEvents(await read('events.md'));
  const sections = readSections(await read('runbooks.md'));
  problems.push(
    ...compareSettings(settingsRead(), new Set(settings.keys())),
    ...checkWorkbook(await read('workbook.json'), events),
  );
  let grants: readonly Grant[] = [];
  let alerts: readonly Alert[] = [];
  for (const [name, isPrivate] of examples) {
    const snapshot = await checkSnapshot(bicep, join(infra, 'examples', `${name}.bicepparam`), update);
    grants = readGrants(snapshot.resources);
    alerts = readAlerts(snapshot.resources);
    problems.push(
      ...snapshot.problems,
      ...(isPrivate ? findPublicDoors(snapshot.resources) : []),
      ...compareGrants(grants),
      ...checkAlerts(alerts, sections, events),
    );
  }

  const rows = <T>(list: readonly T[], ...columns: ((one: T) => string)[]): string[][] =>
    list.map((one) => columns.map((column) => column(one)));
  printTable(
    'What the app may do',
    ['where', 'role'],
    rows(
      grants,
      ({ scope }) => scope,
      ({ role }) => role,
    ),
  );
  printTable('App settings', ['name', 'for example'], [...settings]);
  printTable(
    'Alerts',
    ['severity', 'name'],
    rows(
      alerts,
      ({ severity }) => severity,
      ({ name }) => name,
    ),
  );
  return problems;
}

try {
  const { values } = parseArgs({ options: { update: { type: 'boolean', default: false } } });
  const problems = await check(await findBicep(process.env), values.update);
  for (const problem of problems) console.error(problem);
  console.log(problems.length === 0 ? 'infra: nothing to complain about.' : `infra: ${problems.length} problems.`);
  process.exitCode = problems.length === 0 ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
