import type { Delivery, Destination } from '../../shared/delivery/destination.ts';
import { taken } from '../../shared/delivery/destination.ts';

/** A destination in memory. */
export interface FakeDestination extends Destination {
  readonly deliveries: Delivery[];
  /** Errors to throw, one a request; `undefined` lets one through. While `down` is set it is thrown every time. */
  readonly failures: (Error | undefined)[];
  down: Error | undefined;
  /** All records that were taken, as text. */
  received(): string[];
}

export function createFakeDestination(name: string): FakeDestination {
  const deliveries: Delivery[] = [];
  const failures: (Error | undefined)[] = [];
  return {
    name,
    type: 'fake',
    deliveries,
    failures,
    down: undefined,
    received: () => deliveries.flatMap(({ records }) => records.map(({ bytes }) => Buffer.from(bytes).toString())),
    async deliver(delivery) {
      await Promise.resolve();
      const failure = this.down ?? failures.shift();
      if (failure) throw failure;
      deliveries.push(delivery);
      return delivery.records.map(() => taken);
    },
  };
}
