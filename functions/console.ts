import { app } from '@azure/functions';

import { consoleHandler } from '../shared/console/console-handler.ts';
import { customerQuery, listCustomers } from '../shared/console/customer-list.ts';
import { wrongFields } from '../shared/console/form-field.ts';
import { customersFilterPage, customersPage } from '../shared/console/pages/customers-page.ts';
import { listTenants } from '../shared/tenants/list-tenants.ts';

const labels = { q: 'Name, domain or tenant ID', state: 'State', sort: 'Order', page: 'Page' } as const;

/** `GET /console`: all customers, searched, filtered and sorted. */
export const consoleCustomers = consoleHandler(async (relay, { query }, session) => {
  const asked = Object.fromEntries(
    Object.keys(labels).flatMap((name) => (query.has(name) ? [[name, query.get(name)]] : [])),
  );
  const parsed = customerQuery.safeParse(asked);
  if (parsed.success) return customersPage(session, parsed.data, listCustomers(await listTenants(relay), parsed.data));
  const [wrong = ''] = Object.values(wrongFields(parsed.error, labels));
  return customersFilterPage(session, { q: '', state: '', sort: '', ...asked }, wrong);
});

app.http('console', { route: 'console', methods: ['GET'], authLevel: 'anonymous', handler: consoleCustomers });
