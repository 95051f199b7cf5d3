/** What the identity library and MSAL let one know of a failed token request, gathered from the error and its causes. */
export interface FaultDescription {
  /** AADSTS code, digits only. */
  readonly code: string | undefined;
  /** OAuth's `error`, or MSAL's own word such as `network_error`. */
  readonly error: string | undefined;
  /** HTTP status of the answer. */
  readonly status: number | undefined;
}

/** Walks an error and its causes; the first to know something has the say. */
export function describeFault(fault: unknown): FaultDescription {
  let code: string | undefined;
  let error: string | undefined;
  let status: number | undefined;
  let at: unknown = fault;
  for (let depth = 0; depth < 10 && isObject(at); depth += 1) {
    const response = isObject(at['errorResponse']) ? at['errorResponse'] : {};
    const codes: unknown = response['errorCodes'];
    const message = typeof at['message'] === 'string' ? at['message'] : '';
    const description = typeof response['errorDescription'] === 'string' ? response['errorDescription'] : '';
    code ??=
      digits(Array.isArray(codes) ? codes[0] : undefined) ??
      digits(at['errorNo']) ??
      named(description) ??
      named(message);
    error ??= nonEmpty(response['error']) ?? nonEmpty(at['errorCode']) ?? msalWord(message) ?? abortWord(at['name']);
    status ??= numeric(at['statusCode']) ?? numeric(at['status']);
    at = at['cause'];
  }
  return { code, error, status };
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const nonEmpty = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
const numeric = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
const digits = (value: unknown): string | undefined => {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && /^\d+$/.test(text) ? text : undefined;
};
const named = (text: string): string | undefined => /\bAADSTS(\d+)/.exec(text)?.[1];
/** The identity library keeps some of MSAL's errors only as text. */
const msalWord = (text: string): string | undefined => /^([a-z]+_[a-z_]+):/.exec(text)?.[1];
const abortWord = (name: unknown): string | undefined => (name === 'AbortError' ? 'network_error' : undefined);
