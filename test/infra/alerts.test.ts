import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { checkAlerts, readAlerts, readSections } from '../../infra/checks/alerts.ts';
import { readEvents } from '../../infra/checks/events.ts';
import { readSnapshot } from '../../infra/checks/template.ts';
import { checkWorkbook } from '../../infra/checks/workbook.ts';

const infra = join(import.meta.dirname, '..', '..', 'infra');
const read = (name: string): Promise<string> => readFile(join(infra, name), 'utf8');
const events = readEvents(await read('events.md'));
const alerts = readAlerts(readSnapshot(JSON.parse(await read('examples/small.snapshot.json'))));
const sections = readSections(await read('runbooks.md'));

it('every alert of the snapshot has its runbook and looks for what is logged', () => {
  expect(alerts.length).toBeGreaterThan(8);
  expect(checkAlerts(alerts, sections, events)).toEqual([]);
});

it('an alert without a section, a section without an alert and an unknown event are found', () => {
  const alert = {
    name: 'a',
    severity: '1',
    description: 'Runbook: infra/runbooks.md#x',
    query: 'where Event == "none"',
  };
  expect(checkAlerts([alert], new Set(['y']), events)).toEqual([
    'Alert a has no section x in infra/runbooks.md.',
    'Section y of infra/runbooks.md belongs to no alert.',
    'Alert a looks for none, which events.md does not have.',
  ]);
});

it('the workbook looks for what is logged', async () => {
  const workbook = await read('workbook.json');
  expect(checkWorkbook(workbook, events)).toEqual([]);
  expect(checkWorkbook(workbook.replaceAll('batch-forwarded', 'batch-done'), events).length).toBeGreaterThan(0);
});
