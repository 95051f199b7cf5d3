import type { EntraErrorKind } from './entra-error.ts';
import { entraErrorOf } from './entra-error-of.ts';
import { SignInError } from './sign-in.ts';

/** Whose account it was is seen in the ID token only: on its own pages Microsoft keeps foreigners out itself. */
type Kind = Exclude<SignInError['kind'], 'wrong-tenant'>;

const sentenceEnd: Record<Kind, string> = {
  unreachable: 'could not be finished because Microsoft Entra ID gave no usable answer; try again later',
  'credential-refused':
    "could not be finished because of our own credential; check the app registration's credential and ENTRA_*",
  refused: 'was refused by Microsoft Entra ID; start it again',
};

const kinds: Partial<Record<EntraErrorKind, Kind>> = {
  unreachable: 'unreachable',
  'credential-refused': 'credential-refused',
};

/** A failed redemption as our own error; neither Microsoft's text nor the library's error goes along. */
export function signInErrorOf(fault: unknown, tenantId: string): SignInError {
  if (fault instanceof SignInError) return fault;
  const { kind: entraKind, code } = entraErrorOf(fault, tenantId);
  const kind = kinds[entraKind] ?? 'refused';
  const why = code === undefined ? '' : ` (${code})`;
  return new SignInError(`The sign-in for tenant ${tenantId} ${sentenceEnd[kind]}${why}.`, { kind, code });
}
