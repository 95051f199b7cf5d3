import { type ContentType, contentTypes as allTypes } from '../activity-api/content-types.ts';
import { tenantName } from '../entra/tenant-name.ts';
import type { Relay } from '../relay.ts';
import type { Stored } from '../state/stored.ts';
import { RowConflict } from '../state/table.ts';
import type { Tenant } from '../state/tenants.ts';
import { createInvitation, type NewInvitation } from './invite.ts';
import { type Actor, noteHistory } from './note-history.ts';
import { updateTenant } from './update-tenant.ts';

/** The tenant is looked after already. */
export class TenantExistsError extends Error {
  override readonly name = 'TenantExistsError';
  readonly tenantId: string;

  constructor(tenantId: string, message: string) {
    super(message);
    this.tenantId = tenantId;
  }
}

/**
 * Adds a customer and makes the first invitation.
 * @param added.tenant GUID or domain @param added.contentTypes which are to be collected; all by default
 * @throws TenantResolutionError, TenantExistsError, StorageError
 */
export async function addTenant(
  relay: Relay,
  {
    name,
    tenant,
    contentTypes = allTypes,
  }: { name: string; tenant: string; contentTypes?: readonly ContentType[] | undefined },
  by: Actor,
): Promise<{ tenant: Tenant; invitation: NewInvitation }> {
  const address = await relay.resolveTenant(tenant);
  const known = await relay.tenants.get(address.tenantId);
  if (known) throw existsError(known.value);
  const invitation = await createInvitation(relay, address.tenantId);
  const domain = tenantName(tenant);
  const added: Tenant = {
    tenantId: address.tenantId,
    name,
    domain: domain === address.tenantId ? undefined : domain,
    cloud: address.cloud,
    state: 'invited',
    contentTypes: [...contentTypes],
    addedAt: relay.clock.now(),
    invitationHash: invitation.hash,
    invitationExpires: invitation.expires,
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
  // A note may have been written while its earlier life was being deleted.
  await relay.history.removeTenant(added.tenantId);
  relay.log.info('tenant-added', { tenantId: added.tenantId });
  await noteHistory(relay, added.tenantId, `Added as ${name}, with an invitation.`, by);
  return { tenant: added, invitation };
}

const existsError = (tenant: Tenant): TenantExistsError =>
  new TenantExistsError(
    tenant.tenantId,
    tenant.state === 'leaving'
      ? `Tenant ${tenant.tenantId} is still being off-boarded: add it again when it is gone from the list.`
      : `Tenant ${tenant.tenantId} is already here as "${tenant.name}": open it there, where a new invitation can be made as well.`,
  );

/**
 * Makes a new invitation; the old link dies.
 * @throws TenantError, StorageError, RowConflict
 */
export async function inviteAgain(
  relay: Relay,
  { value: { tenantId } }: Pick<Stored<Tenant>, 'value'>,
  by: Actor,
): Promise<NewInvitation> {
  const invitation = await createInvitation(relay, tenantId);
  await updateTenant(relay, tenantId, (tenant) => ({
    ...tenant,
    invitationHash: invitation.hash,
    invitationExpires: invitation.expires,
  }));
  relay.log.info('tenant-invited-again', { tenantId });
  await noteHistory(relay, tenantId, 'Invited with a new link; the one before is dead.', by);
  return invitation;
}
