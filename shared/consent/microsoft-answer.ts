import type { HttpRequest } from '@azure/functions';

import { isGuid } from '../entra/tenant-name.ts';
import { aadstsRefusal } from './aadsts-refusal.ts';
import type { MicrosoftReport } from './consent-refusal.ts';
import type { ConsentRefusalCode } from './refusal-words.ts';

/** What a redirect of Microsoft carries. Nothing of it is signed: none of it is believed without a check. */
export interface MicrosoftAnswer {
  readonly state?: string | undefined;
  readonly tenant?: string | undefined;
  readonly adminConsent?: string | undefined;
  readonly code?: string | undefined;
  readonly error?: string | undefined;
  readonly errorSubcode?: string | undefined;
  readonly errorDescription?: string | undefined;
}

export function readMicrosoftAnswer({ query }: Pick<HttpRequest, 'query'>): MicrosoftAnswer {
  const parameter = (name: string): string | undefined => query.get(name) ?? undefined;
  return {
    state: parameter('state'),
    tenant: parameter('tenant'),
    adminConsent: parameter('admin_consent'),
    code: parameter('code'),
    error: parameter('error'),
    errorSubcode: parameter('error_subcode'),
    errorDescription: parameter('error_description'),
  };
}

/** What the error of an answer means for whoever signed in, `undefined` if that is not known. */
export function refusalByError({
  error,
  errorSubcode,
  errorDescription,
}: MicrosoftAnswer): ConsentRefusalCode | undefined {
  const known = aadstsRefusal(aadstsOf(errorDescription) ?? '');
  if (known) return known;
  // The older consent page, and the sign-in page, say "cancelled" without a code.
  if (error === 'permission_denied' || errorSubcode === 'cancel') return 'cancelled';
  return error === 'temporarily_unavailable' || error === 'server_error' ? 'microsoft_unavailable' : undefined;
}

/** Of Microsoft's description only numbers are repeated: the rest could be anybody's text. */
export function reportOf({ errorDescription = '' }: MicrosoftAnswer): MicrosoftReport {
  const code = aadstsOf(errorDescription);
  const id = (name: string): string | undefined => {
    const text = new RegExp(`${name} ID: ?([\\da-f-]{36})(?![\\da-f-])`, 'i').exec(errorDescription)?.[1];
    return text !== undefined && isGuid(text.toLowerCase()) ? text.toLowerCase() : undefined;
  };
  return { aadsts: code && `AADSTS${code}`, traceId: id('Trace'), correlationId: id('Correlation') };
}

const aadstsOf = (description = ''): string | undefined => /\bAADSTS(\d{3,10})(?!\d)/.exec(description)?.[1];
