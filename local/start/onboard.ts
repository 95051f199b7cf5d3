import { walk } from './walk.ts';
import type { RelayApi } from './relay-api.ts';
import type { Page } from './walk.ts';
import type { Clock } from '../../shared/clock.ts';

/** A customer that the simulator has. */
export interface SimulatedCustomer {
  readonly tenantId: string;
  readonly name: string;
}

/** The app's process may just be starting again; after so many tries it is something else. */
const mostTries = 3;
const pauseMs = 1_000;

/**
 * Onboards the customers that are not onboarded yet: adds each through the app's API, opens its invitation and walks the
 * real pages as its administrator, up to the closing page.
 * @throws Error that names the customer whose consent did not come through
 */
export async function onboard(
  api: RelayApi,
  customers: readonly SimulatedCustomer[],
  say: (line: string) => void,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  for (const customer of customers) {
    for (let tries = 1; ; tries += 1) {
      try {
        if (await onboardOne(api, customer, signal)) say(`Onboarded ${customer.name} (${customer.tenantId}).`);
        break;
      } catch (error) {
        if (tries === mostTries || signal.aborted) throw error;
        await clock.sleep(pauseMs, signal);
      }
    }
  }
}

async function onboardOne(api: RelayApi, { tenantId, name }: SimulatedCustomer, signal: AbortSignal): Promise<boolean> {
  const state = (await api.tenants(signal)).find((tenant) => tenant.tenantId === tenantId)?.state;
  if (state !== undefined && state !== 'invited') return false;
  const invitation = state === undefined ? await api.add(name, tenantId, signal) : await api.invite(tenantId, signal);
  const page = await walk(invitation, signal);
  if (page.status === 200 && page.url.pathname === '/consent/done') return true;
  throw new Error(`The consent of ${name} ended at ${describe(page)} instead of the closing page; see the log.`);
}

/** The page without its query, which may hold secrets. */
function describe({ url, status, html }: Page): string {
  const heading = /<h1\b[^>]*>(.*?)<\/h1>/is
    .exec(html)?.[1]
    ?.replace(/<[^>]*>/g, '')
    .trim();
  return `${url.origin}${url.pathname} (status ${status}${heading ? `, "${heading}"` : ''})`;
}
