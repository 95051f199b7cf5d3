import { DestinationError } from '../../../shared/delivery/destination-error.ts';
import { taken } from '../../../shared/delivery/destination.ts';
import type { Destination } from '../../../shared/delivery/destination.ts';
import type { DelivererOptions, DestinationOutcome } from '../../../shared/delivery/deliverer.ts';
import type { CutRecord } from '../../../shared/records/cut-record.ts';
import { cut, setUp } from './fake-destination.ts';

/** A destination that takes a request whole or not at all, by rules that a test may change on the way. */
export interface PickyDestination extends Destination {
  /** Ids of each request, in order. */
  readonly requests: string[][];
  /** Ids taken, in order. */
  readonly had: string[];
  /** Refuses a request (HTTP 422) that holds such a record. */
  refuses: (id: string) => boolean;
  /** The most records of a request; with more it is too large (HTTP 413). */
  mostRecords: number;
}

export const refusal = (): DestinationError =>
  new DestinationError('Destination soc refused a request (HTTP 422) and says: bad field', { kind: 'refused' });

export const tooLarge = (): DestinationError =>
  new DestinationError('Destination soc says that a request is too large (HTTP 413); raise its limit to 4 MB.', {
    kind: 'too-large',
  });

export const picky = (
  name: string,
  rules: Partial<Pick<PickyDestination, 'refuses' | 'mostRecords'>> = {},
): PickyDestination => ({
  name,
  type: 'fake',
  requests: [],
  had: [],
  refuses: () => false,
  mostRecords: Infinity,
  ...rules,
  async deliver({ records }, signal) {
    signal.throwIfAborted();
    const ids = records.map(({ recordId }) => String(recordId));
    this.requests.push(ids);
    await Promise.resolve();
    if (ids.length > this.mostRecords) throw tooLarge();
    if (ids.some((id) => this.refuses(id))) throw refusal();
    this.had.push(...ids);
    return records.map(() => taken);
  },
});

/** Records with the Ids `0`, `1`, `2` ... */
export const cuts = (count: number, first = 0): CutRecord[] =>
  Array.from({ length: count }, (_, index) => cut(String(first + index), first + index));

/** Ids from `first` up to, but not including, `end`. */
export const ids = (first: number, end: number): string[] =>
  Array.from({ length: end - first }, (_, index) => String(first + index));

/** What an outcome says in a line: how many were delivered, ordinals refused and suspected, the kind of the failure. */
export const inShort = (outcome: DestinationOutcome | undefined): unknown[] => [
  outcome?.delivered,
  outcome?.refused.map(({ ordinal }) => ordinal),
  outcome?.suspected.map(({ ordinal }) => ordinal),
  outcome?.failed?.kind,
];

/** Refuses the records with these numbers. */
export const isOneOf =
  (...bad: readonly number[]) =>
  (id: string): boolean =>
    bad.includes(Number(id));

/** Delivers records as one content. @returns its outcome */
export async function deliverAll(
  destination: Destination,
  records: readonly CutRecord[],
  options: Partial<DelivererOptions> = {},
): Promise<DestinationOutcome | undefined> {
  const { deliverer } = setUp([destination], options);
  await deliverer.offer('a', records, [destination.name]);
  return (await deliverer.finish('a')).byDestination.get(destination.name);
}
