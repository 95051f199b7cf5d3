import { createDeliverer } from '../../../shared/delivery/deliverer.ts';
import type { DelivererOptions } from '../../../shared/delivery/deliverer.ts';
import { DestinationError } from '../../../shared/delivery/destination-error.ts';
import { taken } from '../../../shared/delivery/destination.ts';
import type { Delivery, Destination, Word } from '../../../shared/delivery/destination.ts';
import type { CutRecord } from '../../../shared/records/cut-record.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { calm, tenantId } from './sample-delivery.ts';

export const lingerMs = 200;

export const cut = (id: string, ordinal = 0, size = 10): CutRecord => ({
  ordinal,
  offset: 0,
  length: size,
  bytes: Buffer.alloc(size, 'x'),
  id,
  creationTime: '2026-11-22T10:00:00',
});

/** Requests as a test sees them arrive, each answered when the test says so. */
export interface Arrived {
  readonly ids: (string | null)[];
  readonly delivery: Delivery;
  take(words?: readonly Word[]): void;
  fail(error: unknown): void;
}

export interface FakeDestination extends Destination {
  readonly arrived: readonly Arrived[];
  /** The request with this number, as soon as it is there. */
  request(number: number): Promise<Arrived>;
}

export function fake(name: string): FakeDestination {
  const arrived: Arrived[] = [];
  const watchers: (() => void)[] = [];
  return {
    name,
    type: 'fake',
    arrived,
    deliver(delivery, signal) {
      const { promise, resolve, reject } = Promise.withResolvers<readonly Word[]>();
      signal.addEventListener('abort', () => {
        reject(signal.reason as Error);
      });
      arrived.push({
        ids: delivery.records.map(({ recordId }) => recordId),
        delivery,
        take: (words = delivery.records.map(() => taken)) => {
          resolve(words);
        },
        fail: (error) => {
          reject(error);
        },
      });
      for (const watcher of watchers.splice(0)) watcher();
      return promise;
    },
    async request(number) {
      for (;;) {
        const one = arrived[number - 1];
        if (one) return one;
        const { promise, resolve } = Promise.withResolvers<undefined>();
        watchers.push(() => {
          resolve(undefined);
        });
        await promise;
      }
    },
  };
}

/** Takes everything at once. */
export const willing = (name: string): FakeDestination => {
  const one = fake(name);
  return {
    ...one,
    async deliver(delivery, signal) {
      const answer = one.deliver(delivery, signal);
      one.arrived.at(-1)?.take();
      return answer;
    },
  };
};

export const setUp = (destinations: readonly Destination[], changes: Partial<DelivererOptions> = {}) => {
  const clock = createManualClock();
  const deliverer = createDeliverer({
    destinations,
    tenantId,
    customerName: 'Contoso',
    contentType: 'Audit.Exchange',
    hour: '2026-11-22T10',
    clock,
    random: { token: () => '', fraction: () => 0 },
    signal: calm(),
    ...changes,
  });
  return { clock, deliverer };
};

export const unavailable = (retryAfterMs?: number): DestinationError =>
  new DestinationError('Destination soc is down; wait.', { kind: 'unavailable', retryAfterMs });

/** Lets everything that is ready run; used only to show that something did not happen. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
