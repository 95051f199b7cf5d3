import type { Tenant } from '../state/tenants.ts';
import type { RefusedOffBoarding } from './pages/off-board-page.ts';

/** A name typed in another case, or with other blanks, is still this customer's. */
const folded = (name: string): string => name.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase();

/** What an operator confirmed, or why the form is shown again. */
export function readOffBoarding(form: URLSearchParams, tenant: Tenant): 'drain' | 'drop' | RefusedOffBoarding {
  const [name, queue] = [form.get('name') ?? '', form.get('queue') ?? ''];
  const refused = (sentence: string): RefusedOffBoarding => ({ sentence, name, queue });
  if (queue !== 'drain' && queue !== 'drop') return refused('Choose whether what is queued is delivered or dropped.');
  if (folded(name) === folded(tenant.name)) return queue;
  return refused('This is not the customer name: type it as it stands above.');
}
