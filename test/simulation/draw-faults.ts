import type { Chance } from './chance.ts';
import type { PlannedWorld } from './draw-contents.ts';
import type { ApiTrouble, DestinationTrouble, Fault, PlannedContent } from './plan.ts';
import type { Profile } from './profiles.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

export const actors = ['lister1', 'lister2', 'worker1', 'worker2', 'worker3', 'operator'] as const;

const apiTroubles: readonly ApiTrouble[] = [
  'throttled',
  'failing',
  'hanging',
  'truncating',
  'garbling',
  'stale-pages',
  'consent-missing',
  'permission-missing',
  'audit-off',
  'subscription-gone',
];

const destinationTroubles: readonly DestinationTrouble[] = [
  'unavailable',
  'unavailable',
  'hanging',
  'slow',
  'misconfigured',
  'refusing-all',
  'small-requests',
];

/** How many steps a process is thought to take; faults lie among the first of them more often than among the last. */
const steps = { least: 5, most: 4_000 };

/** What goes wrong in a run. */
export function drawFaults(
  chance: Chance,
  profile: Profile,
  world: PlannedWorld & { readonly contents: readonly PlannedContent[] },
): Fault[] {
  const { start, end, tenants, destinations, contents } = world;
  const many = (most: number, draw: () => Fault): Fault[] =>
    Array.from({ length: most === 0 ? 0 : chance.between(0, most) }, draw);
  const span = (least: number, most: number): { from: number; to: number } => {
    const from = chance.between(start, end);
    return { from, to: Math.min(end, from + Math.floor(chance.spread(least * hour, most * hour))) };
  };
  const aTenant = (): string => chance.pick(tenants).tenantId;

  const destinationTrouble = (): Fault => {
    const trouble = chance.pick(destinationTroubles);
    // What refuses every other request cannot be told from one that refuses certain records.
    const probability = trouble === 'refusing-all' ? 1 : chance.pick([1, 1, 0.5]);
    const name = chance.pick(destinations);
    return { what: 'destination', trouble, name, probability, ...span(...profile.destinationTroubleLasts) };
  };

  const acts = (): Fault => {
    const at = chance.between(start, end);
    switch (chance.pick(['replay', 'paused', 'left', 'left', 'type-off', 'destinations', 'queue-cleared'] as const)) {
      case 'replay':
        return { what: 'replay', at };
      case 'paused':
        return { what: 'paused', tenantId: aTenant(), ...span(0.1, 3) };
      case 'left': {
        const queue = chance.pick(['drain', 'drop', 'drain, then drop'] as const);
        return { what: 'left', tenantId: aTenant(), queue, ...span(0.2, 3) };
      }
      case 'type-off': {
        const { tenantId, contentTypes } = chance.pick(tenants);
        return { what: 'type-off', tenantId, contentType: chance.pick(contentTypes), ...span(0.2, 3) };
      }
      case 'destinations':
        return { what: 'destinations', at, names: chance.pick([['soc'], ['soc', 'archive'], ['soc', 'siem']]) };
      case 'queue-cleared':
        return { what: 'queue-cleared', at };
    }
  };

  const badContent = (): Fault => {
    const contentId = chance.pick(contents).id;
    switch (chance.between(0, 2)) {
      case 0:
        return {
          what: 'content-gone',
          contentId,
          kind: chance.pick(['unknown', 'expired']),
          at: chance.between(start, end),
        };
      case 1:
        return { what: 'content-broken', contentId, kind: chance.pick(['garbled', 'rejected']) };
      default: {
        const ids = contents.flatMap(({ records }) => records.flatMap(({ id }) => id ?? []));
        return { what: 'record-refused', name: chance.pick(destinations), recordId: chance.pick(ids) };
      }
    }
  };

  return [
    ...actors.flatMap((actor) => many(profile.stepFaults, () => stepFault(chance, actor))),
    ...many(profile.apiTroubles, () => ({
      what: 'api',
      trouble: chance.pick(apiTroubles),
      tenantId: aTenant(),
      probability: chance.pick([1, 1, 0.5, 0.2]),
      ...span(...profile.apiTroubleLasts),
    })),
    ...many(profile.apiTroubles > 0 ? 1 : 0, () => ({ what: 'credential', ...span(0.01, 0.5) })),
    ...many(profile.destinationTroubles, destinationTrouble),
    ...many(profile.storageOutages, () => ({
      what: 'storage',
      part: chance.pick(['tables', 'queue', 'saved']),
      done: chance.happens(0.3),
      ...span(0.02, 0.4),
    })),
    ...many(profile.stepFaults > 0 ? 3 : 0, () => ({
      what: 'answer-lost',
      name: chance.pick(destinations),
      request: chance.between(1, 30),
    })),
    ...many(profile.messagesTwice, () => ({ what: 'message-twice', delivery: chance.between(1, 40) })),
    ...many(profile.badContents, badContent),
    ...many(profile.personActs, acts),
  ];
}

function stepFault(chance: Chance, actor: string): Fault {
  const step = Math.floor(chance.spread(steps.least, steps.most));
  const done = chance.happens(0.5);
  switch (chance.pick(['fail', 'fail', 'freeze', 'kill'] as const)) {
    case 'fail':
      return { what: 'fail', actor, step, done, conflict: chance.happens(0.25) };
    case 'freeze':
      return { what: 'freeze', actor, step, done, milliseconds: Math.floor(chance.spread(second, hour)) };
    case 'kill':
      return { what: 'kill', actor, step, done };
  }
}
