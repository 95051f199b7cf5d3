import { sha256 } from '../../hash.ts';
import { afterSuccess, afterTrouble, troubleOf } from '../../pipeline/tenant-trouble.ts';
import type { Relay } from '../../relay.ts';
import type { ConsentState } from '../../state/consents.ts';
import type { Stored } from '../../state/stored.ts';
import { RowConflict } from '../../state/table.ts';
import type { Tenant } from '../../state/tenants.ts';
import { EntraError } from '../entra-error.ts';
import { type BrowserSecret, isSecretOf } from './browser-secret.ts';
import { ConsentRefusal, type ConsentRefusalCode } from './consent-refusal.ts';

/** What Microsoft's redirect carries. Nothing of it is signed: none of it is believed without a check. */
export interface ConsentAnswer {
  readonly state: string | undefined;
  readonly tenant: string | undefined;
  readonly adminConsent: string | undefined;
  readonly error: string | undefined;
  readonly errorDescription: string | undefined;
}

const consented = 'consented';

/**
 * Microsoft sent the administrator back: state first, then the error, then the tenant, then our own token for it.
 * The same callback in the same browser changes nothing the second time.
 * @throws ConsentRefusal, StorageError
 */
export async function finishConsent(
  relay: Relay,
  answer: ConsentAnswer,
  browser: BrowserSecret | undefined,
): Promise<void> {
  const { clock, consents, log } = relay;
  const stored = await checkedState(relay, answer.state, browser);
  const state = stored.value;
  if (state.usedAt !== undefined) {
    if (state.result === consented) return bindTenant(relay, state.tenantId, state.usedAt);
    throw refusalOf(state.result as ConsentRefusalCode, answer);
  }
  const refusal = checkAnswer(answer, state);
  const usedAt = clock.now();
  try {
    await consents.replaceState({ ...state, usedAt, result: refusal?.code ?? consented }, stored.etag);
  } catch (error) {
    if (!(error instanceof RowConflict)) throw error;
    throw new ConsentRefusal('state_invalid', startAgain);
  }
  if (refusal) {
    log.warn('consent-refused', { tenantId: state.tenantId, code: refusal.code });
    throw refusal;
  }
  await bindTenant(relay, state.tenantId, usedAt);
}

const startAgain = 'This step has expired or was done before: open the link that you were sent and start again.';

async function checkedState(
  { consents, clock }: Relay,
  state: string | undefined,
  browser: BrowserSecret | undefined,
): Promise<Stored<ConsentState>> {
  if (state === undefined || state.length > 100) throw new ConsentRefusal('state_invalid', startAgain);
  const stored = await consents.state(sha256(state));
  if (stored === undefined) throw new ConsentRefusal('state_invalid', startAgain);
  if (browser?.state !== state || !isSecretOf(browser.secret, stored.value.browserHash)) {
    throw new ConsentRefusal(
      'other_browser',
      'This answer of Microsoft belongs to another browser: open the link that you were sent and start again here.',
    );
  }
  if (stored.value.usedAt === undefined && stored.value.expires <= clock.now()) {
    throw new ConsentRefusal('state_invalid', startAgain);
  }
  return stored;
}

function checkAnswer(answer: ConsentAnswer, state: ConsentState): ConsentRefusal | undefined {
  // `admin_consent=True` also comes with errors, so the error is looked at first.
  if (answer.error !== undefined) {
    const cancelled = answer.error === 'permission_denied' || /AADSTS65004\b/.test(answer.errorDescription ?? '');
    return refusalOf(cancelled ? 'cancelled' : 'refused_by_microsoft', answer);
  }
  if (answer.adminConsent?.toLowerCase() !== 'true') return refusalOf('refused_by_microsoft', answer);
  return answer.tenant?.toLowerCase() === state.tenantId ? undefined : refusalOf('tenant_mismatch', answer);
}

function refusalOf(code: ConsentRefusalCode, answer: ConsentAnswer): ConsentRefusal {
  // Of Microsoft's description only the code is repeated: the rest could be anybody's text.
  const aadsts = /AADSTS\d{3,10}/.exec(answer.errorDescription ?? '')?.[0];
  switch (code) {
    case 'cancelled':
      return new ConsentRefusal(code, 'You chose not to accept: to change your mind, open the same link again.');
    case 'tenant_mismatch':
      return new ConsentRefusal(
        code,
        'You signed in to another organisation than the one invited: open the link again and sign in with an account of that organisation.',
      );
    default:
      return new ConsentRefusal(
        code,
        `Microsoft did not grant the permissions${aadsts ? ` (${aadsts})` : ''}: open the link again and sign in as an administrator who may consent for the organisation.`,
      );
  }
}

/** How often the tenant is read again when the lister wrote it meanwhile. */
const mostRounds = 5;

/**
 * Writes the consent into the tenant, once: a refreshed callback makes good what a failure of storage left undone.
 * Our own token proves that consent was given; until Microsoft has applied it the tenant waits, and the lister asks on.
 */
async function bindTenant(relay: Relay, tenantId: string, consentedAt: number): Promise<void> {
  const { tenants, log } = relay;
  for (let round = 1; ; round += 1) {
    const stored = await tenants.get(tenantId);
    if (stored === undefined || stored.value.state === 'leaving') {
      const gone = 'This organisation is not looked after here any more: nothing was changed.';
      throw new ConsentRefusal('tenant_leaving', gone);
    }
    if ((stored.value.consentedAt ?? 0) >= consentedAt) return;
    const after = await afterConsent(relay, stored.value, consentedAt);
    try {
      await tenants.replace(after, stored.etag);
      log.info('consent-given', { tenantId, state: after.state });
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
