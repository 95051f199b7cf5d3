import { afterSuccess, afterTrouble, troubleOf } from '../pipeline/tenant-trouble.ts';
import type { Relay } from '../relay.ts';
import type { ConsentState } from '../state/consents.ts';
import type { Stored } from '../state/stored.ts';
import { RowConflict } from '../state/table.ts';
import type { Tenant } from '../state/tenants.ts';
import { EntraError } from '../entra/entra-error.ts';
import { refusalOf } from './consent-answer.ts';

/** How often the tenant is read again when the lister wrote it meanwhile. */
const mostRounds = 5;

/**
 * The tenant that a state may still be bound to. The link behind it must be the one that is good, as it stands in the
 * tenant's row: a newer one, or a tenant that left and was added again, makes the state worthless.
 * @throws ConsentRefusal, StorageError
 */
export async function invitedStill({ tenants }: Relay, state: ConsentState): Promise<Stored<Tenant>> {
  const stored = await tenants.get(state.tenantId);
  if (stored === undefined || stored.value.state === 'leaving') throw refusalOf('tenant_leaving');
  if (stored.value.invitationHash !== state.invitationHash && !isBound(stored.value, state)) {
    throw refusalOf('invitation_invalid');
  }
  return stored;
}

/** Whether the consent that used this state up is written into the tenant, or a later one. */
export const isBound = ({ addedAt, consentedAt }: Tenant, { usedAt }: ConsentState): boolean =>
  usedAt !== undefined && addedAt <= usedAt && (consentedAt ?? 0) >= usedAt;

/**
 * Writes the consent into the tenant, once: a refreshed callback makes good what a failure of storage left undone.
 * Our own token proves that consent was given; until Microsoft has applied it the tenant waits, and the lister asks on.
 * @param state used up by a consent
 * @throws ConsentRefusal, StorageError, RowConflict
 */
export async function bindTenant(relay: Relay, state: ConsentState & { readonly usedAt: number }): Promise<void> {
  const { tenants, log } = relay;
  for (let round = 1; ; round += 1) {
    const { value, etag } = await invitedStill(relay, state);
    if (isBound(value, state)) return;
    const after = await afterConsent(relay, value, state.usedAt);
    try {
      await tenants.replace(after, etag);
      log.info('consent-given', { tenantId: after.tenantId, state: after.state });
      return;
    } catch (error) {
      if (!(error instanceof RowConflict) || round >= mostRounds) throw error;
    }
  }
}

async function afterConsent({ tokens, clock, log }: Relay, before: Tenant, consentedAt: number): Promise<Tenant> {
  const waiting: Tenant = {
    ...before,
    state: before.state === 'active' || before.state === 'paused' ? before.state : 'waiting',
    consentedAt,
    trouble: undefined,
    nextCheckAt: undefined,
  };
  tokens.forget(before);
  try {
    await tokens.token(before);
    // Proven: the invitation is used up.
    return { ...afterSuccess(waiting), invitationHash: undefined };
  } catch (error) {
    if (!(error instanceof EntraError)) throw error;
    log.warn('consent-not-applied-yet', { tenantId: before.tenantId, kind: error.kind, code: error.code });
    const trouble = troubleOf(error);
    return trouble === undefined ? waiting : afterTrouble(waiting, trouble, clock.now());
  }
}
