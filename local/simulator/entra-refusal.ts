import { randomUUID } from 'node:crypto';
import type { Answer } from './answer.ts';
import { jsonAnswer } from './answer.ts';

/** An answer of Entra that is an error, by its AADSTS number. */
export class EntraRefusal extends Error {
  override readonly name = 'EntraRefusal';
  readonly code: number;
  readonly error: string;
  readonly status: number;

  constructor(code: number, error: string, status: number, text: string) {
    super(`AADSTS${code}: ${text}`);
    this.code = code;
    this.error = error;
    this.status = status;
  }
}

/** The error as the token endpoint and the discovery document send it (section 4.1 of the fact sheet). */
export function refusalAnswer(refusal: EntraRefusal, now: number, correlationId?: string): Answer {
  const timestamp = `${new Date(now).toISOString().slice(0, 19).replace('T', ' ')}Z`;
  const trace = randomUUID();
  const correlation = correlationId ?? randomUUID();
  return jsonAnswer(
    refusal.status,
    {
      error: refusal.error,
      error_description: `${refusal.message} Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${timestamp}`,
      error_codes: [refusal.code],
      timestamp,
      trace_id: trace,
      correlation_id: correlation,
      error_uri: `https://login.microsoftonline.com/error?code=${refusal.code}`,
    },
    { 'Cache-Control': 'no-store, no-cache', Pragma: 'no-cache' },
  );
}

/** Typing error, deleted tenant, or another cloud. */
export const tenantNotFound = (tenant: string, error = 'invalid_request'): EntraRefusal =>
  new EntraRefusal(
    90002,
    error,
    400,
    `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct ` +
      'cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.',
  );
