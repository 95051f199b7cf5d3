import { type Operation, operations } from '../../local/simulator/operations.ts';
import { between, type Chance, pick } from '../../local/simulator/seeded.ts';
import { isSwitchName, type SwitchInput, type SwitchName, switchTable } from '../../local/simulator/switch-table.ts';

/** How a switch takes part in a fault run. */
export interface SwitchHabit<Value> {
  /** A value that does harm; not called if the switch stays as it is. */
  readonly value: (chance: Chance) => Value;
  /**
   * - `slow`: the relay waits 10 minutes and more before it looks again, so that only long runs have the time
   * - `parks`, `loses`: contents that meet it may never be delivered, so it is for one feed and a short span
   */
  readonly effect?: 'slow' | 'parks' | 'loses';
}

/** A switch that takes no part, and why. */
export interface LeftOut {
  readonly leftOut: string;
}

type Habits = { readonly [Name in SwitchName]?: SwitchHabit<SwitchInput<Name>> | LeftOut };

const on = { value: () => true };

const beforeFaults = 'consent is given before the faults';

/** Some of the operations of the API itself, or all of them. */
const some = (chance: Chance): Operation[] | undefined => {
  const chosen = operations.filter((one) => ['subscriptions', 'list', 'fetch'].includes(one) && chance() < 0.6);
  return chosen.length === 0 ? undefined : chosen;
};

const few = (chance: Chance): number => between(chance, 1, 5);

const login: Habits = {
  'unknown-guids': { leftOut: 'it adds tenants, which nobody onboards' },
  'roles-delay': { leftOut: beforeFaults },
  'consent-refused': { leftOut: beforeFaults },
  'sign-in-refused': { leftOut: beforeFaults },
  'code-refused': { leftOut: beforeFaults },
  'forged-id-token': { leftOut: beforeFaults },
  'missing-roles': { value: () => ['ActivityFeed.ReadDlp'], effect: 'slow' },
  'app-disabled': { ...on, effect: 'slow' },
  'token-lifetime': { value: (chance) => between(chance, 1, 60) },
  'token-refused': { value: (chance) => ({ code: pick(chance, [90033, 90033, 7000215]), times: few(chance) }) },
};

const subscription: Habits = {
  'start-throttle': { leftOut: 'the relay itself waits so long between two starts' },
  'start-already-enabled': { value: () => 'ok' },
  'start-takes': { value: (chance) => between(chance, 5, 60) },
  'first-content': { value: () => ({ delaySeconds: 86_400, backfillHours: 1000 }) },
  'vanished-subscription': { value: () => 1, effect: 'slow' },
  'subscription-disabled': { ...on, effect: 'slow' },
  'subscription-entries': { value: (chance) => pick(chance, ['upper-case', 'without-status'] as const) },
};

const origin = 'http://127.0.0.1:9';
const parts = ['scheme', 'host', 'port', 'tenant', origin] as const;

const listing: Habits = {
  'page-size': { value: (chance) => between(chance, 1, 7) },
  'empty-page-with-next': on,
  'stale-page-token': { value: few },
  'endless-pages': { value: (chance) => pick(chance, ['new', 'same'] as const) },
  'next-page-style': {
    value: (chance) => ({
      publisher: chance() < 0.5,
      version: pick(chance, ['v1.0', 'v1'] as const),
      parameter: pick(chance, ['nextPage', 'nextpage'] as const),
    }),
  },
  'repeated-on-next-page': on,
  'unsorted-listing': on,
  'foreign-content-uri': { value: (chance) => pick(chance, parts), effect: 'parks' },
  'foreign-next-page-uri': { value: (chance) => pick(chance, parts) },
  'late-listed': { value: (chance) => ({ seconds: between(chance, 5, 30), every: between(chance, 1, 4) }) },
  'expiry-days': { value: (chance) => pick(chance, [0, 0.5, 21]), effect: 'loses' },
  'partial-contents': {
    leftOut: 'it changes which contents there are, and with that what the account is held against',
  },
};

const content: Habits = {
  'content-status': {
    value: (chance) => ({
      status: pick(chance, [400, 404, 408, 500, 503]),
      times: pick(chance, [1, 2, 3]),
      html: chance() < 0.3,
      only: pick(chance, ['all', 'head'] as const),
    }),
    effect: 'loses',
  },
  'truncated-body': {
    value: (chance) => ({ how: pick(chance, ['clean', 'reset', 'stall'] as const), times: pick(chance, [1, 1, 3]) }),
    effect: 'parks',
  },
  'invalid-json': {
    value: (chance) => ({ where: pick(chance, ['start', 'end'] as const), times: pick(chance, [1, 2, 6]) }),
    effect: 'parks',
  },
  'pretty-printed': on,
  'body-object': on,
  'foreign-organization-id': on,
  'repeated-records': { value: (chance) => pick(chance, ['same', 'next'] as const) },
  'reordered-properties': on,
};

const answer: Habits = {
  throttle: {
    value: (chance) => ({ after: between(chance, 0, 20), times: between(chance, 1, 50), operations: some(chance) }),
  },
  'throttle-answer': {
    value: (chance) => ({
      status: pick(chance, [403, 429] as const),
      retryAfterSeconds: pick(chance, [null, 0, 1, 3, 7, -5]),
      asDate: chance() < 0.3,
      ...(chance() < 0.2 ? { retryAfterText: 'soon' } : {}),
    }),
  },
  quota: { value: (chance) => between(chance, 5, 60) },
  'shared-quota': { value: () => 0 },
  'latency-ms': { value: (chance) => between(chance, 20, 1500) },
  // A tenant that did not answer is left alone for a minute and more, so that many calls would hold up a short run.
  hanging: { value: (chance) => ({ times: between(chance, 1, 3), operations: some(chance) }) },
  'broken-connection': { value: (chance) => ({ times: pick(chance, [null, 3, 20]), operations: some(chance) }) },
  'internal-error': {
    value: (chance) => ({
      code: pick(chance, ['AF50000', 'AF50005', 'AF50006'] as const),
      times: pick(chance, [null, 5, 30]),
      operations: some(chance),
    }),
  },
  'broken-answer': {
    value: (chance) => ({
      status: pick(chance, [200, 408, 500, 502, 503]),
      body: pick(chance, ['html', 'message', 'empty'] as const),
      times: few(chance),
      operations: some(chance),
    }),
    effect: 'parks',
  },
  refusal: {
    value: (chance) => ({
      status: pick(chance, [200, 400, 403]),
      code: pick(chance, ['AF20002', 'AF20055', 'AF29999']),
      times: few(chance),
      operations: some(chance),
    }),
    effect: 'parks',
  },
  redirect: { value: (chance) => ({ to: origin, times: few(chance), operations: some(chance) }), effect: 'parks' },
  unauthorized: { value: (chance) => ({ times: few(chance), operations: some(chance) }) },
  'audit-off': { value: (chance) => pick(chance, [true, 'old-text'] as const), effect: 'slow' },
  'tenant-in-path': { value: () => 'lenient' },
  'wrong-content-type': { value: (chance) => pick(chance, ['', 'text/html', 'application/octet-stream']) },
  'header-names': { value: (chance) => pick(chance, ['lower', 'upper', 'capitalized'] as const) },
  'date-skew': { value: (chance) => pick(chance, [-7200, -300, 300, 7200]) },
};

const habits: Habits = { ...login, ...subscription, ...listing, ...content, ...answer };

/** How a switch takes part; one that is only on or off joins in by itself, any other has to be told of above. */
export function habitOf(name: string): SwitchHabit<unknown> | LeftOut {
  if (isSwitchName(name)) {
    const habit = habits[name];
    if (habit !== undefined) return habit;
    if (switchTable[name].off === false) return on;
  }
  return { leftOut: 'test/chaos/switch-values.ts has no value for it' };
}
