import { contentTypes, type ContentType } from '../../local/simulator/content-types.ts';
import { guidFrom } from '../../local/simulator/guid.ts';
import { between, type Chance, pick, seeded } from '../../local/simulator/seeded.ts';
import type { SwitchName } from '../../local/simulator/switch-table.ts';
import type { Scope } from '../../local/simulator/switches.ts';
import type { SimulatedTenant } from '../../local/simulator/tenants.ts';
import { type DestinationFault, destinationFaults } from './destination-faults.ts';
import type { Victim } from './hosts.ts';
import { habitOf } from './switch-values.ts';

/** Something that goes wrong, and is right again later. Times are milliseconds since the run began. */
export type Fault = { readonly from: number; readonly until: number } & (
  | { readonly kind: 'switch'; readonly name: SwitchName; readonly value: unknown; readonly scope: Scope }
  | { readonly kind: 'destination'; readonly destination: number; readonly fault: DestinationFault }
  /** Dead from `from`, started again at `until`. */
  | { readonly kind: 'kill'; readonly host: number; readonly victim: Victim }
  | { readonly kind: 'storage-pause' }
);

/** A content that becomes available. */
export interface PlannedContent {
  readonly at: number;
  readonly tenantId: string;
  readonly contentType: ContentType;
  readonly records: number;
  /** How long before `at` it was created, milliseconds. */
  readonly age: number;
}

/** All that a run does, from one seed. */
export interface Plan {
  readonly tenants: readonly SimulatedTenant[];
  readonly contents: readonly PlannedContent[];
  readonly faults: readonly Fault[];
}

const tenantCount = 12;
const minuteMs = 60_000;
/** Contents that are there from the beginning, and that come in each minute. */
const backlog = 240;
const eachMinute = 300;

/**
 * Hours before the last five are listed once a day: what is late there is found on time, but not within the run.
 */
const oldest = 4 * 60 * minuteMs;

/** A run shorter than this has no time for what the relay looks at again after a quarter of an hour. */
const slowFromMs = 10 * minuteMs;

/** @param switches names of the simulator's switches @param spanMs how long faults go on */
export function createPlan(seed: number, spanMs: number, switches: readonly SwitchName[]): Plan {
  const tenants = Array.from({ length: tenantCount }, (_none, index) => ({
    tenantId: guidFrom(`chaos ${index}`),
    name: `Customer ${index + 1} & "Söhne"`,
    domain: `customer-${index + 1}.example`,
  }));
  const part = (name: string): Chance => seeded('chaos', seed, name);
  const scopes = tenants.flatMap(({ tenantId }) => {
    const chance = part(tenantId);
    return contentTypes.filter(() => chance() < 0.6).map((contentType) => ({ tenantId, contentType }));
  });
  const faults = [
    ...switchFaults(part('switches'), spanMs, switches, scopes),
    ...destinationSpans(part('destinations'), spanMs),
    ...kills(part('kills'), spanMs),
    ...pauses(part('pauses'), spanMs),
  ];
  return {
    tenants,
    contents: contentsOf(part('contents'), spanMs, scopes),
    faults: faults.toSorted((a, b) => a.from - b.from),
  };
}

type FeedScope = Required<Pick<PlannedContent, 'tenantId' | 'contentType'>>;

function contentsOf(chance: Chance, spanMs: number, feeds: readonly FeedScope[]): PlannedContent[] {
  const one = (at: number, age: number): PlannedContent => ({
    at,
    ...pick(chance, feeds),
    records: chance() < 0.03 ? between(chance, 50, 300) : between(chance, 1, 12),
    age,
  });
  const old = Array.from({ length: backlog }, () => one(0, between(chance, 0, oldest)));
  const count = Math.ceil((spanMs / minuteMs) * eachMinute);
  const fresh = Array.from({ length: count }, () =>
    one(between(chance, 0, spanMs), between(chance, 0, chance() < 0.05 ? oldest : minuteMs)),
  );
  return [...old, ...fresh].toSorted((a, b) => a.at - b.at);
}

/** Spans of at least `least`, within the run. */
function spanWithin(chance: Chance, end: number, least: number, most: number): { from: number; until: number } {
  const length = Math.min(between(chance, least, most), end);
  const from = between(chance, 0, end - length);
  return { from, until: from + length };
}

/** Each switch about once a minute, in a scope of its own each time. */
function switchFaults(
  chance: Chance,
  spanMs: number,
  names: readonly SwitchName[],
  feeds: readonly FeedScope[],
): Fault[] {
  const rounds = Math.max(1, Math.round(spanMs / minuteMs));
  const faults: Fault[] = [];
  for (const name of names) {
    const habit = habitOf(name);
    if ('leftOut' in habit) continue;
    for (let round = 0; round < rounds; round += 1) {
      const feed = pick(chance, feeds);
      const { effect } = habit;
      const value = habit.value(chance);
      if (effect === 'slow' && (spanMs < slowFromMs || round >= rounds / 4)) continue;
      const span = spanWithin(chance, spanMs / rounds, 3_000, effect === undefined ? 25_000 : 10_000);
      const begin = (round * spanMs) / rounds;
      const scope =
        effect === 'slow' ? { tenantId: feed.tenantId } : effect === undefined ? widened(chance, feed) : feed;
      faults.push({ kind: 'switch', name, value, scope, from: begin + span.from, until: begin + span.until });
    }
  }
  return faults;
}

function widened(chance: Chance, { tenantId, contentType }: FeedScope): Scope {
  // Many switches are about a tenant as a whole, and do nothing where a content type is named.
  return pick(chance, [{ tenantId, contentType }, { tenantId }, { tenantId }, { contentType }, {}, {}]);
}

/** Two destinations, each down or odd for about half of the time, one fault after the other. */
function destinationSpans(chance: Chance, spanMs: number): Fault[] {
  const faults: Fault[] = [];
  for (const destination of [0, 1]) {
    let waiting: DestinationFault[] = [];
    for (let at = between(chance, 0, 10_000); at < spanMs;) {
      if (waiting.length === 0) waiting = destinationFaults(chance);
      const [fault] = waiting.splice(Math.floor(chance() * waiting.length), 1);
      const until = Math.min(spanMs, at + between(chance, 1_000, 8_000));
      if (fault) faults.push({ kind: 'destination', destination, fault, from: at, until });
      at = until + between(chance, 500, 7_000);
    }
  }
  return faults;
}

/** About three a minute; a host is up again after some seconds, an app is started again by its host. */
function kills(chance: Chance, spanMs: number): Fault[] {
  const faults: Fault[] = [];
  for (let at = between(chance, 3_000, 15_000); at < spanMs; at += between(chance, 8_000, 30_000)) {
    const host = pick(chance, [0, 1]);
    const victim = pick(chance, ['host', 'host', 'app'] as const);
    faults.push({ kind: 'kill', host, victim, from: at, until: at + between(chance, 200, 5_000) });
  }
  return faults;
}

/** About one a minute. Every third is longer than the 20 s after which the app gives an operation up. */
function pauses(chance: Chance, spanMs: number): Fault[] {
  const faults: Fault[] = [];
  for (let at = between(chance, 10_000, 30_000); at < spanMs; at += between(chance, 30_000, 90_000)) {
    const length = chance() < 0.33 ? between(chance, 21_000, 26_000) : between(chance, 500, 8_000);
    faults.push({ kind: 'storage-pause', from: at, until: at + length });
    at += length;
  }
  return faults;
}
