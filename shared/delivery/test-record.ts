import { hourOf } from '../activity-api/hours.ts';
import type { Delivery } from './destination.ts';
import type { Random } from '../random.ts';

/** The tenant of test records: no customer has it. */
export const testTenantId = '00000000-0000-0000-0000-000000000000';

/**
 * A delivery of one record that nobody can take for a customer's, in the envelope of all others. Files and blobs of it
 * lie in a tenant folder of their own.
 * @param now milliseconds since the epoch
 */
export function testDelivery(now: number, random: Random): Delivery {
  const recordId = freshGuid(random);
  const record = {
    CreationTime: new Date(now).toISOString().slice(0, 19),
    Id: recordId,
    Operation: 'AuditRelayTest',
    OrganizationId: testTenantId,
    RecordType: 0,
    UserId: 'AuditRelay',
    UserType: 4,
    Workload: 'AuditRelay',
    Message: 'Audit Relay sent this record to test its destination. It comes from no tenant and can be ignored.',
  };
  return {
    tenantId: testTenantId,
    customerName: 'Audit Relay test',
    contentType: 'Audit.General',
    hour: hourOf(now),
    records: [{ contentId: 'audit-relay-test', recordId, bytes: Buffer.from(JSON.stringify(record)) }],
  };
}

function freshGuid(random: Random): string {
  const digits = Buffer.from(random.token(16), 'base64url').toString('hex').padEnd(32, '0');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
