import { sha256 } from '../hash.ts';
import type { Relay } from '../relay.ts';
import type { Tenant } from '../state/tenants.ts';
import { refusalOf } from './consent-answer.ts';

/** The tenant that an invitation's secret stands for, if the invitation is still good. */
export interface InvitedTenant {
  readonly tenant: Tenant;
  readonly invitationHash: string;
}

/**
 * Looks an invitation up. Opening it uses nothing up: mail scanners open links.
 * @throws ConsentRefusal `invitation_invalid`
 */
export async function invitedTenant(
  { consents, tenants, clock }: Pick<Relay, 'consents' | 'tenants' | 'clock'>,
  secret: string | undefined,
): Promise<InvitedTenant> {
  const refusal = refusalOf('invitation_invalid');
  if (secret === undefined || secret.length > 100) throw refusal;
  const hash = sha256(secret);
  const invitation = await consents.invitation(hash);
  if (invitation === undefined || invitation.expires <= clock.now()) throw refusal;
  const tenant = (await tenants.get(invitation.tenantId))?.value;
  // Only the newest invitation is good; one that was used up is not in the tenant's row any more.
  if (tenant?.invitationHash !== hash) throw refusal;
  if (tenant.state === 'leaving') throw refusal;
  return { tenant, invitationHash: hash };
}
