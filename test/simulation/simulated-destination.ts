import { DestinationError, type DestinationErrorKind } from '../../shared/delivery/destination-error.ts';
import { type Delivery, type Destination, taken } from '../../shared/delivery/destination.ts';
import type { Chance } from './chance.ts';
import type { Scheduler, SimulatedProcess } from './scheduler.ts';
import type { Troubles } from './troubles.ts';

/** What a destination saw, for the account. */
export interface DestinationObserver {
  /** A request arrived, whatever becomes of it. */
  requested(destination: string): void;
  /** It has the records for good. @param answered whether its process will hear of it, as far as it depends on us */
  took(process: SimulatedProcess, destination: string, delivery: Delivery, answered: boolean): void;
}

const answerMs = 30_000;
/** Of a destination that says 413: bytes. */
const smallRequestBytes = 600;

/** The destinations in memory; each process has objects of its own for them. */
export function createWorldDestinations(
  troubles: Troubles,
  scheduler: Scheduler,
  chance: Chance,
  observer: DestinationObserver,
): { forProcess(process: SimulatedProcess, name: string): Destination } {
  const requests = new Map<string, number>();
  const refused = new Set(troubles.of('record-refused').map(({ name, recordId }) => `${name}/${recordId}`));
  const lost = new Set(troubles.of('answer-lost').map(({ name, request }) => `${name}/${request}`));

  return {
    forProcess: (process, name) => ({
      name,
      type: 'simulated',
      async deliver(delivery, signal) {
        const failed = (kind: DestinationErrorKind, says: string): DestinationError =>
          new DestinationError(`Destination ${name} ${says}.`, { kind });
        const what = `deliver ${delivery.records.length} records to ${name}`;
        const trouble = await scheduler.step(
          process,
          'destination',
          what,
          () => {
            observer.requested(name);
            return troubles
              .now('destination', scheduler.now())
              .find((one) => one.name === name && chance.happens(one.probability))?.trouble;
          },
          () => delivery.records.map(({ contentId, recordId }) => `${contentId}:${recordId ?? ''}`).join(' '),
        );
        switch (trouble) {
          case 'unavailable':
            throw failed('unavailable', 'is down');
          case 'hanging':
            await scheduler.sleep(process, answerMs, signal);
            throw failed('unavailable', 'does not answer');
          case 'misconfigured':
            throw failed('misconfigured', 'turned a request away');
          case 'refusing-all':
            throw failed('refused', 'refuses everything');
          case 'slow':
            await scheduler.sleep(process, chance.between(1, 25) * 1000, signal);
            break;
          case 'small-requests': {
            const bytes = delivery.records.reduce((sum, record) => sum + record.bytes.length, 0);
            if (bytes > smallRequestBytes && delivery.records.length > 1) throw failed('too-large', 'says 413');
            break;
          }
          case undefined:
        }
        const bad = delivery.records.find(({ recordId }) => refused.has(`${name}/${recordId ?? ''}`));
        if (bad !== undefined) throw failed('refused', `refused a request because of ${bad.recordId ?? ''}`);
        const number = (requests.get(name) ?? 0) + 1;
        requests.set(name, number);
        const answered = !lost.has(`${name}/${number}`);
        await scheduler.step(process, 'destination', `${name} takes ${delivery.records.length} records`, () => {
          observer.took(process, name, delivery, answered);
        });
        if (!answered) throw failed('unavailable', 'took a request and broke the connection');
        return delivery.records.map(() => taken);
      },
    }),
  };
}
