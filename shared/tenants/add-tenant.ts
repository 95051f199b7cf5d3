import { contentTypes } from '../activity-api/content-types.ts';
import type { Relay } from '../relay.ts';
import type { Stored } from '../state/stored.ts';
import { RowConflict } from '../state/table.ts';
import type { Tenant } from '../state/tenants.ts';
import { createInvitation, type NewInvitation } from './invite.ts';

/** The tenant is looked after already. */
export class TenantExistsError extends Error {
  override readonly name = 'TenantExistsError';
}

/**
 * Adds a customer and makes the first invitation.
 * @param tenant GUID or domain
 * @throws TenantResolutionError, TenantExistsError, StorageError
 */
export async function addTenant(
  relay: Relay,
  { name, tenant }: { name: string; tenant: string },
): Promise<{ tenant: Tenant; invitation: NewInvitation }> {
  const address = await relay.resolveTenant(tenant);
  const known = await relay.tenants.get(address.tenantId);
  if (known) throw existsError(known.value);
  const invitation = await createInvitation(relay, address.tenantId);
  const added: Tenant = {
    tenantId: address.tenantId,
    name,
    cloud: address.cloud,
    state: 'invited',
    contentTypes: [...contentTypes],
    addedAt: relay.clock.now(),
    invitationHash: invitation.hash,
    consentedAt: undefined,
    trouble: undefined,
    nextCheckAt: undefined,
    leaving: undefined,
  };
  try {
    await relay.tenants.insert(added);
  } catch (error) {
    if (!(error instanceof RowConflict)) throw error;
    // An insert that was done although its answer got lost is tried again and meets itself: nobody else has its secret.
    const found = (await relay.tenants.get(added.tenantId))?.value;
    if (found?.invitationHash !== invitation.hash) throw existsError(found ?? added);
  }
  relay.log.info('tenant-added', { tenantId: added.tenantId });
  return { tenant: added, invitation };
}

const existsError = (tenant: Tenant): TenantExistsError =>
  new TenantExistsError(
    tenant.state === 'leaving'
      ? `Tenant ${tenant.tenantId} is still being off-boarded: add it again when it is gone from the list.`
      : `Tenant ${tenant.tenantId} is already here as "${tenant.name}": make a new link for it with POST /api/tenants/${tenant.tenantId}/invitation.`,
  );

/** How often the tenant is read again when somebody else wrote it meanwhile. */
const mostRounds = 10;

/** Makes a new invitation; the old link dies. @throws StorageError, RowConflict if the tenant left meanwhile */
export async function inviteAgain(relay: Relay, tenant: Stored<Tenant>): Promise<NewInvitation> {
  const { tenantId } = tenant.value;
  const invitation = await createInvitation(relay, tenantId);
  let stored: Stored<Tenant> | undefined = tenant;
  for (let round = 1; ; round += 1) {
    try {
      await relay.tenants.replace({ ...stored.value, invitationHash: invitation.hash }, stored.etag);
      relay.log.info('tenant-invited-again', { tenantId });
      return invitation;
    } catch (error) {
      if (!(error instanceof RowConflict) || round >= mostRounds) throw error;
      stored = await relay.tenants.get(tenantId);
      if (stored === undefined || stored.value.state === 'leaving') throw error;
    }
  }
}
