import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { type Alert, checkAlerts, readAlerts, readSections } from '../../infra/checks/alerts.ts';
import { readEvents } from '../../infra/checks/events.ts';
import { at, readSnapshot } from '../../infra/checks/template.ts';
import { checkWorkbook } from '../../infra/checks/workbook.ts';
import { functionLog } from '../../shared/http/function-log.ts';
import type { LogFields } from '../../shared/log.ts';
import { askLog } from './ask-log.ts';

const infra = join(import.meta.dirname, '..', '..', 'infra');
const read = (name: string): Promise<string> => readFile(join(infra, name), 'utf8');
const events = readEvents(await read('events.md'));
const alerts = readAlerts(readSnapshot(JSON.parse(await read('examples/small.snapshot.json'))));
const sections = readSections(await read('runbooks.md'));

it('every alert of the snapshot has its runbook and looks for what is logged', () => {
  expect(alerts.length).toBeGreaterThan(8);
  expect(checkAlerts(alerts, sections, events)).toEqual([]);
});

const alert: Alert = {
  name: 'a',
  severity: '1',
  description: 'Runbook: infra/runbooks.md#x',
  asks: {
    query: 'where Event == "feed-behind"',
    window: 'PT15M',
    every: 'PT15M',
    by: [],
    fires: 'Count GreaterThanOrEqual 1',
  },
  isHeard: true,
};
const changed = (asks: object): Alert => ({ ...alert, asks: { ...alert.asks, ...asks } as Alert['asks'] });

it.each<[string, Alert, string]>([
  ['without a section', { ...alert, description: 'No link.' }, 'Alert a has no section  in infra/runbooks.md.'],
  ['heard by nobody', { ...alert, isHeard: false }, 'Alert a is heard by nobody.'],
  [
    'that looks for nothing logged',
    changed({ query: 'where Event == "none"' }),
    'Alert a looks for none, which events.md does not have.',
  ],
  ['with a blind spot', changed({ every: 'PT1H' }), 'Alert a is blind between PT15M and PT1H.'],
  ['with an odd window', changed({ window: 'P1D' }), 'Alert a is blind between P1D and PT15M.'],
  [
    'that waits for nothing',
    changed({ fires: 'Count LessThan 1' }),
    'Alert a must fire at any row, not at Count LessThan 1: no row at all is not counted.',
  ],
  [
    'by a column that is not there',
    changed({ by: ['Tenant'] }),
    'Alert a is split by Tenant, which its query does not make.',
  ],
])('an alert %s is found', (_what, wrong, problem) => {
  expect(checkAlerts([alert], new Set(['x']), events)).toEqual([]);
  expect(checkAlerts([wrong], new Set(['x']), events)).toContain(problem);
});

it('a section without an alert is found', () => {
  expect(checkAlerts([alert], new Set(['x', 'y']), events)).toEqual([
    'Section y of infra/runbooks.md belongs to no alert.',
  ]);
});

/** What the app writes of an event, as `AppTraces` has it. */
function logged(event: string, fields: LogFields = {}): string[] {
  const lines: string[] = [];
  const push = (line: string): void => {
    lines.push(line);
  };
  functionLog({ info: push, warn: push, error: push }).info(event, fields);
  return lines;
}

const day = 86_400;

it.each<[string, string, LogFields, LogFields | undefined]>([
  ['feed-behind', 'feed-behind', { lagSeconds: day }, { lagSeconds: day - 1 }],
  ['feed-nearly-lost', 'feed-behind', { lagSeconds: 5 * day }, { lagSeconds: 5 * day - 1 }],
  ['contents-parked', 'content-parked', {}, undefined],
  ['contents-parked', 'contents-unknown', {}, undefined],
  ['contents-parked', 'contents-malformed', {}, undefined],
  ['contents-parked', 'record-parked', {}, undefined],
  ['contents-parked', 'message-malformed', {}, undefined],
  ['contents-lost', 'contents-lost', { reason: 'expired' }, { reason: 'off-boarded' }],
  ['credential-failing', 'credential-failing', {}, undefined],
  ['destination-down', 'destination-down', { destination: 'soc', downSeconds: 3600 }, { downSeconds: 3599 }],
  ['consent-withdrawn', 'tenant-state-changed', { to: 'consent-withdrawn' }, { to: 'active' }],
  ['consent-withdrawn', 'tenant-state-changed', { to: 'app-disabled' }, { to: 'paused' }],
  ['consent-withdrawn', 'tenant-state-changed', { to: 'gone' }, { to: 'permission-missing' }],
  ['certificate-expires', 'certificate-expires', { days: 30 }, undefined],
])('%s is found in the log by %s %j, and not by %j', (name, event, fields, quiet) => {
  const query = queryOf(name);
  expect(askLog(query, logged(event, { tenantId: 't', ...fields }))).toHaveLength(1);
  expect(askLog(query, logged('cycle-finished', fields))).toEqual([]);
  expect(askLog(query, [`Executed 'Functions.list-content' (${event})`])).toEqual([]);
  if (quiet) expect(askLog(query, logged(event, { tenantId: 't', ...quiet }))).toEqual([]);
});

it('a timer that is silent is found in a log that has nothing of it, or nothing at all', () => {
  const query = queryOf('timer-silent');
  expect(askLog(query, [])).toHaveLength(1);
  expect(askLog(query, logged('batch-forwarded'))).toHaveLength(1);
  expect(askLog(query, logged('cycle-finished', { tenants: 0 }))).toEqual([]);
});

it('what wakes somebody goes to the pagers, and everything to the e-mails', async () => {
  const snapshot = readSnapshot(JSON.parse(await read('examples/many-tenants.snapshot.json')));
  const told = snapshot
    .filter(({ type }) => type === 'Microsoft.Insights/scheduledQueryRules')
    .map(({ properties }) => [at(properties, 'severity'), JSON.stringify(at(properties, 'actions'))] as const);
  expect(told.length).toBeGreaterThan(8);
  for (const [severity, actions] of told) {
    expect(actions).toContain('/ag-relay-example"');
    expect(actions.includes('/ag-oncall"')).toBe(severity === 0 || severity === 1);
  }
});

function queryOf(name: string): string {
  const query = alerts.find((one) => one.name.endsWith(`example-${name}`))?.asks?.query;
  if (query === undefined) throw new Error(`There is no alert ${name}.`);
  return query;
}

it('the workbook looks for what is logged', async () => {
  const workbook = await read('workbook.json');
  expect(checkWorkbook(workbook, events)).toEqual([]);
  expect(checkWorkbook(workbook.replaceAll('batch-forwarded', 'batch-done'), events).length).toBeGreaterThan(0);
});
