import { inspect } from 'node:util';

/** Makes an error of anything that was thrown. */
export function toError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  if (thrown === undefined || thrown === null) return new Error('Unknown error');
  return new Error(typeof thrown === 'string' ? thrown : inspect(thrown));
}
