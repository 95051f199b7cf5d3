import { expect, it } from 'vitest';

import { createMonthStore } from '../../../shared/state/months.ts';
import { createMemoryTables } from '../../support/memory-tables.ts';

const row = { partitionKey: 'p', rowKey: 'r' };

it('lists the months that have a table of any kind, and drops all tables of one', async () => {
  const tables = createMemoryTables();
  for (const name of [
    'ledger202610',
    'hours202611',
    'seen202609',
    'hours202610',
    'marks',
    'ledger20261',
    'seenx202601',
  ])
    await tables.table(name).insert(row);
  const months = createMonthStore(tables);
  expect(await months.all()).toEqual(['202609', '202610', '202611']);
  await months.drop('202610');
  await months.drop('202610');
  expect(await months.all()).toEqual(['202609', '202611']);
  expect(await tables.names('')).toEqual(['hours202611', 'ledger20261', 'marks', 'seen202609', 'seenx202601']);
});
