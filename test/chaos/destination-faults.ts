import { createHash } from 'node:crypto';

import { between, type Chance, pick } from '../../local/simulator/seeded.ts';

/**
 * What a destination does wrong for a while:
 * - `status`: answers everything with it; `retryAfter` in seconds
 * - `cut-before`, `cut-after`: breaks the connection, without or after having taken the records
 * - `hang`: answers nothing until it is over
 * - `too-large`: 413 for more lines than that
 * - `refuse`: 400 or 422 for requests with a record that it does not like, one of `oneOf`
 * - `refuse-tenant`: the same for all records of a tenant
 */
export type DestinationFault =
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: number | null }
  | { readonly kind: 'cut-before' | 'cut-after' | 'hang' }
  | { readonly kind: 'too-large'; readonly lines: number }
  | { readonly kind: 'refuse'; readonly status: 400 | 422; readonly oneOf: number }
  | { readonly kind: 'refuse-tenant'; readonly status: 400 | 422; readonly tenantId: string };

const makers: readonly ((chance: Chance) => DestinationFault)[] = [
  (chance) => ({ kind: 'status', status: 429, retryAfter: pick(chance, [null, 0, 2, 5]) }),
  () => ({ kind: 'status', status: 500 }),
  (chance) => ({ kind: 'status', status: 503, retryAfter: pick(chance, [null, 1]) }),
  (chance) => ({ kind: 'status', status: pick(chance, [401, 403, 404]) }),
  () => ({ kind: 'cut-before' }),
  () => ({ kind: 'cut-after' }),
  () => ({ kind: 'hang' }),
  (chance) => ({ kind: 'too-large', lines: between(chance, 1, 10) }),
  (chance) => ({ kind: 'refuse', status: pick(chance, [400, 422] as const), oneOf: between(chance, 20, 200) }),
];

export const destinationFaults = (chance: Chance): DestinationFault[] => makers.map((make) => make(chance));

/** Whether a destination that refuses one record of `oneOf` refuses this one: always the same ones. */
export const isDisliked = (line: string, oneOf: number): boolean =>
  createHash('sha256').update(line).digest().readUInt32BE() % oneOf === 0;
