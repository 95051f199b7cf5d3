import { EntraError } from '../entra/entra-error.ts';
import { afterConsent, afterSuccess, afterTrouble, troubleOf } from '../pipeline/tenant-trouble.ts';
import type { Relay } from '../relay.ts';
import type { ConsentState } from '../state/consents.ts';
import type { Stored } from '../state/stored.ts';
import { RowConflict } from '../state/table.ts';
import type { Tenant } from '../state/tenants.ts';
import { noteHistory } from '../tenants/note-history.ts';
import type { UsedState } from './checked-state.ts';
import { ConsentRefusal } from './consent-refusal.ts';
import type { ConsentRefusalCode } from './refusal-words.ts';

/** How often the tenant is read again when the lister wrote it meanwhile. */
const mostRounds = 5;

/**
 * The tenant that a state may still be bound to, or why there is none. The link behind it must be the one that is good,
 * as it stands in the tenant's row: a newer one, or a tenant that left and was added again, makes the state worthless.
 * @throws StorageError
 */
export async function invitedStill(
  { tenants }: Pick<Relay, 'tenants'>,
  state: ConsentState,
): Promise<Stored<Tenant> | ConsentRefusalCode> {
  const stored = await tenants.get(state.tenantId);
  if (stored === undefined || stored.value.state === 'leaving') return 'tenant_leaving';
  const isGood = stored.value.invitationHash === state.invitationHash || isBound(stored.value, state);
  return isGood ? stored : 'invitation_invalid';
}

/** Whether the consent that used this state up is written into the tenant, or a later one. */
export const isBound = ({ addedAt, consentedAt }: Tenant, { usedAt }: ConsentState): boolean =>
  usedAt !== undefined && addedAt <= usedAt && (consentedAt ?? 0) >= usedAt;

/**
 * Writes a proven consent into the tenant, once: a refreshed callback makes good what a failure of storage left undone.
 * Our own token must carry the roles as well; until Microsoft has applied the consent the tenant waits, and the lister
 * asks on.
 * @param state of the proof, used up by somebody of the tenant
 * @throws ConsentRefusal, StorageError, RowConflict
 */
export async function bindTenant(relay: Relay, state: UsedState): Promise<void> {
  const { tenants, log } = relay;
  for (let round = 1; ; round += 1) {
    const stored = await invitedStill(relay, state);
    if (typeof stored === 'string') throw new ConsentRefusal(stored);
    if (isBound(stored.value, state)) return;
    const after = await consentedNow(relay, stored.value, state);
    try {
      await tenants.replace(after, stored.etag);
    } catch (error) {
      if (!(error instanceof RowConflict) || round >= mostRounds) throw error;
      continue;
    }
    log.info('consent-given', { tenantId: after.tenantId, state: after.state });
    return noteHistory(relay, after.tenantId, 'Consent confirmed.', state.person ?? 'unknown');
  }
}

async function consentedNow({ tokens, clock, log }: Relay, before: Tenant, state: UsedState): Promise<Tenant> {
  const waiting = afterConsent(before, { at: state.usedAt, by: state.person });
  tokens.forget(before);
  try {
    await tokens.token(before);
    // Applied: the invitation is used up.
    return { ...afterSuccess(waiting), invitationHash: undefined };
  } catch (error) {
    if (!(error instanceof EntraError)) throw error;
    log.warn('consent-not-applied-yet', { tenantId: before.tenantId, kind: error.kind, code: error.code });
    const trouble = troubleOf(error);
    if (trouble !== undefined) return afterTrouble(waiting, trouble, clock.now());
    // One that waits is watched until a token shows the roles; of one that collects already nobody would notice.
    const waits = waiting.state === 'waiting' || waiting.pausedFrom === 'waiting';
    return waits ? waiting : { ...waiting, invitationHash: undefined };
  }
}
