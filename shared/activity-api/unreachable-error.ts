import { ActivityApiError } from './activity-api-error.ts';

/**
 * A fault of the transport as our own error. What axios threw carries the request with its Authorization header, so only
 * its code and message go on.
 *
 * @param subject beginning of a sentence, e.g. `Listing Audit.Exchange of tenant …`
 */
export function unreachableError(subject: string, fault: unknown): ActivityApiError {
  const code = codeOf(fault);
  const text = fault instanceof Error ? fault.message : String(fault);
  return new ActivityApiError(
    `${subject} got no usable answer (${code ?? text.slice(0, 100).toWellFormed()}); try again later.`,
    {
      kind: 'unreachable',
      timedOut: code === 'ETIMEDOUT' || code === 'ECONNABORTED',
      cause: new Error(code === undefined ? text : `${code}: ${text}`),
    },
  );
}

function codeOf(fault: unknown): string | undefined {
  if (typeof fault !== 'object' || fault === null || !('code' in fault)) return undefined;
  return typeof fault.code === 'string' ? fault.code : undefined;
}
