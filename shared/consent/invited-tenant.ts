import { sha256 } from '../hash.ts';
import type { Relay } from '../relay.ts';
import type { Tenant } from '../state/tenants.ts';
import { type BrowserSecret, isSecretOf } from './browser-secret.ts';
import { ConsentRefusal } from './consent-refusal.ts';

/** What names an invitation. */
export interface InvitedBy {
  /** The secret of the link. */
  readonly invite: string | undefined;
  /** Without it, the browser that pressed the button behind the link before: so it can start again. */
  readonly browser?: BrowserSecret | undefined;
}

/** The tenant that an invitation stands for, if the invitation is still good. */
export interface InvitedTenant {
  readonly tenant: Tenant;
  readonly invitationHash: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

/**
 * Looks an invitation up. Opening it uses nothing up: mail scanners open links.
 * @throws ConsentRefusal `invitation_invalid`, StorageError
 */
export async function invitedTenant(
  { consents, tenants, clock }: Pick<Relay, 'consents' | 'tenants' | 'clock'>,
  { invite, browser }: InvitedBy,
): Promise<InvitedTenant> {
  const refusal = new ConsentRefusal('invitation_invalid');
  if (invite !== undefined && invite.length > 100) throw refusal;
  const hash = invite === undefined ? await rememberedBy({ consents, clock }, browser) : sha256(invite);
  const invitation = hash === undefined ? undefined : await consents.invitation(hash);
  if (hash === undefined || invitation === undefined || invitation.expires <= clock.now()) throw refusal;
  const tenant = (await tenants.get(invitation.tenantId))?.value;
  // Only the newest invitation is good; one that was used up is not in the tenant's row any more.
  if (tenant?.invitationHash !== hash) throw refusal;
  if (tenant.state === 'leaving') throw refusal;
  return { tenant, invitationHash: hash, expires: invitation.expires };
}

/** The hash of the invitation behind the browser's last state; nobody stored its secret. */
async function rememberedBy(
  { consents, clock }: Pick<Relay, 'consents' | 'clock'>,
  browser: BrowserSecret | undefined,
): Promise<string | undefined> {
  const state = browser && (await consents.state(sha256(browser.state), clock.now()))?.value;
  return state && isSecretOf(browser.secret, state.browserHash) ? state.invitationHash : undefined;
}
