import { contentTypes } from '../simulator/content-types.ts';
import { demoRecord } from '../simulator/demo/demo-record.ts';
import type { Simulator } from '../simulator/simulator.ts';

/** A customer that is onboarded by nobody, to be added by hand and watched. */
export const exampleCustomer = {
  tenantId: 'd1f0a6b2-7c34-4e85-9a60-2b8e5c7f1a04',
  name: 'Example Customer',
  domain: 'customer.example',
} as const;

const contentsOfEach = 3;
const recordsOfEach = 20;
const hourMs = 3_600_000;

/** Gives the example customer some records of each content type, unless it has them from an earlier start. */
export function offerExampleRecords(simulator: Simulator, now: number): void {
  const { tenantId, domain } = exampleCustomer;
  if (simulator.offered().feeds.some((feed) => feed.tenantId === tenantId)) return;
  for (const contentType of contentTypes) {
    for (let index = 0; index < contentsOfEach; index += 1) {
      const created = now - index * hourMs - 1000;
      const place = { seed: 1, tenantId, domain, contentType, index, created };
      const records = Array.from({ length: recordsOfEach }, (_, ordinal) => demoRecord({ ...place, ordinal }, false));
      simulator.offer(tenantId, contentType, { records }, { created });
    }
  }
}
