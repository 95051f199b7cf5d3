import { walk } from './walk.ts';
import type { RelayApi } from './relay-api.ts';

/** A customer that the simulator has. */
export interface SimulatedCustomer {
  readonly tenantId: string;
  readonly name: string;
}

/**
 * Onboards the customers that are not onboarded yet: adds each through the app's API, opens its invitation and walks the
 * real pages as its administrator, up to the closing page.
 * @throws Error that names the customer whose consent did not come through
 */
export async function onboard(
  api: RelayApi,
  customers: readonly SimulatedCustomer[],
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const known = new Map((await api.tenants(signal)).map((tenant) => [tenant.tenantId, tenant.state]));
  for (const { tenantId, name } of customers) {
    const state = known.get(tenantId);
    if (state !== undefined && state !== 'invited') continue;
    const invitation = state === undefined ? await api.add(name, tenantId, signal) : await api.invite(tenantId, signal);
    const page = await walk(invitation, signal);
    if (page.status !== 200 || page.url.pathname !== '/consent/done') {
      const title = /<h1\b[^>]*>(.*?)<\/h1>/is
        .exec(page.html)?.[1]
        ?.replace(/<[^>]*>/g, '')
        .trim();
      const where = `${page.url.origin}${page.url.pathname} (status ${page.status}${title ? `, "${title}"` : ''})`;
      throw new Error(`The consent of ${name} ended at ${where} instead of the closing page; see the log.`);
    }
    say(`Onboarded ${name} (${tenantId}).`);
  }
}
