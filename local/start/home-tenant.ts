import type { Simulator } from '../simulator/simulator.ts';

const home = { name: 'Example Managed Security', domain: 'security.example', home: true } as const;

/** Who can sign in to the console. */
export const operatorAccount = `operator@${home.domain}`;

/** Gives the simulator the organisation that runs the app, with its operators; one from an earlier start makes room. */
export function addHomeTenant({ tenants }: Pick<Simulator, 'tenants'>, tenantId: string): void {
  const before = tenants.find(home.domain);
  if (before !== undefined && before.tenantId !== tenantId.toLowerCase()) tenants.remove(before.tenantId);
  tenants.add({ tenantId, ...home });
}
