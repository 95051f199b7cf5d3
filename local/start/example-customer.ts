import { contentTypes } from '../../shared/activity-api/content-types.ts';
import type { Simulator } from '../simulator/simulator.ts';

/** The one customer that the simulator has when nothing else was asked for, to be added by hand and watched. */
export const exampleCustomer = {
  tenantId: 'd1f0a6b2-7c34-4e85-9a60-2b8e5c7f1a04',
  name: 'Example Customer',
  domain: 'customer.example',
} as const;

/** Gives the example customer one record of each content type, unless it has them from an earlier start. */
export function offerExampleRecords(simulator: Simulator, now: number): void {
  const { tenantId, domain } = exampleCustomer;
  if (simulator.offered().feeds.some((feed) => feed.tenantId === tenantId)) return;
  for (const [index, contentType] of contentTypes.entries()) {
    const record = {
      Id: `00000000-0000-4000-8000-00000000000${index}`,
      CreationTime: new Date(now).toISOString().slice(0, 19),
      Operation: 'Example',
      OrganizationId: tenantId,
      UserId: `admin@${domain}`,
      Workload: contentType,
    };
    simulator.offer(tenantId, contentType, { records: [record] });
  }
}
