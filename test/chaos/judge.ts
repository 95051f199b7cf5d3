import { guidFrom } from '../../local/simulator/guid.ts';
import type { ContentState } from '../../shared/state/ledger-row.ts';
import { arrivalsOf, type Arrival } from './arrivals.ts';
import { splitMembers } from '../../local/simulator/split-json.ts';
import type { OfferedContent } from './offers.ts';
import type { Taken } from './receiver.ts';

/** What the relay says became of a content. */
export interface Outcome {
  readonly state: ContentState;
  readonly reason: string | undefined;
  readonly records: { readonly delivered: number; readonly duplicates: number; readonly parked: number };
  /** Ids of its records that are parked by themselves, and where they could not go; `undefined`: nowhere. */
  readonly parkedRecords: readonly {
    readonly recordId: string | undefined;
    readonly destination: string | undefined;
  }[];
}

/** What one destination took. */
export interface TakenBy {
  readonly destination: string;
  readonly taken: readonly Taken[];
}

export interface Verdict {
  /** One sentence each. None may be there. */
  readonly faults: readonly string[];
  /** Distinct record Ids (by tenant): offered, and what became of them at each destination. */
  readonly records: {
    readonly offered: number;
    readonly byDestination: readonly { destination: string; delivered: number; parked: number; lost: number }[];
  };
  /** What arrived more than once at a destination. */
  readonly twice: readonly { readonly destination: string; readonly arrivals: readonly Arrival[] }[];
}

const keyOf = (tenantId: string, recordId: string): string => `${tenantId}/${recordId}`;

/**
 * Holds what arrived, and what the relay says, against what was offered, to the record Id.
 * @param outcomes by content id, from the relay's own ledger
 * @param maySwell whether the simulator may have put one more record into the contents of a feed: its own first one
 *   again, or the last one of the content before it
 */
export function judge(
  offered: readonly OfferedContent[],
  outcomes: ReadonlyMap<string, Outcome>,
  destinations: readonly TakenBy[],
  maySwell: (content: OfferedContent) => boolean,
): Verdict {
  const faults = offered.flatMap((content) => faultsOfContent(content, outcomes.get(content.id), maySwell(content)));
  const known = new Set(offered.map(({ id }) => id));
  for (const id of outcomes.keys())
    if (!known.has(id)) faults.push(`Content ${id} is in the ledger and was not offered.`);
  const contentsByRecord = new Map<string, OfferedContent[]>();
  for (const content of offered) {
    for (const { id } of content.records) {
      const key = keyOf(content.tenantId, id);
      const others = contentsByRecord.get(key);
      if (others === undefined) contentsByRecord.set(key, [content]);
      else if (others.at(-1) !== content) others.push(content);
    }
  }
  const byId = new Map(offered.map((content) => [content.id, content]));
  const byDestination = [];
  const twice = [];
  for (const { destination, taken } of destinations) {
    const arrivals = Map.groupBy(arrivalsOf(taken), ({ tenantId, recordId }) => keyOf(tenantId, recordId ?? ''));
    const counts = { destination, delivered: 0, parked: 0, lost: 0 };
    for (const [key, list] of arrivals) {
      for (const arrival of list) {
        const content = byId.get(arrival.contentId);
        const others = content !== undefined && maySwell(content) ? (contentsByRecord.get(key) ?? []) : [];
        faults.push(...faultsOfArrival(destination, arrival, content, others));
      }
      if (list.length > 1) twice.push({ destination, arrivals: list });
      if (contentsByRecord.has(key)) counts.delivered += 1;
    }
    for (const [key, contents] of contentsByRecord) {
      if (arrivals.has(key)) continue;
      const recordId = key.slice(key.indexOf('/') + 1);
      const fates = contents.map(({ id }) => whyMissing(recordId, destination, outcomes.get(id)));
      if (fates.includes(undefined))
        faults.push(`Record ${key} never arrived at ${destination}, and nothing says why.`);
      else counts[fates.includes('parked') ? 'parked' : 'lost'] += 1;
    }
    byDestination.push(counts);
  }
  return { faults, records: { offered: contentsByRecord.size, byDestination }, twice };
}

function faultsOfContent({ id, records }: OfferedContent, outcome: Outcome | undefined, swollen: boolean): string[] {
  if (outcome === undefined) return [`Content ${id} was offered and is not in the ledger.`];
  const { state, reason, records: counts } = outcome;
  if (state === 'queued' || state === 'waiting') return [`Content ${id} is not settled: it is ${state}.`];
  if (state !== 'delivered') return reason === undefined ? [`Content ${id} is ${state}, and nothing says why.`] : [];
  const sum = counts.delivered + counts.duplicates + counts.parked;
  return sum === records.length || (swollen && sum === records.length + 1)
    ? []
    : [`Content ${id} had ${records.length} records, and its row counts ${JSON.stringify(counts)}.`];
}

function whyMissing(
  recordId: string,
  destination: string,
  outcome: Outcome | undefined,
): 'parked' | 'lost' | undefined {
  const alone = outcome?.parkedRecords.some(
    (one) => one.recordId === recordId && (one.destination === undefined || one.destination === destination),
  );
  if (alone === true) return 'parked';
  if (outcome?.state === 'lost') return 'lost';
  return outcome?.state === 'parked' && outcome.parkedRecords.length === 0 ? 'parked' : undefined;
}

/** @param others contents that the record may have come from instead */
function faultsOfArrival(
  destination: string,
  arrival: Arrival,
  content: OfferedContent | undefined,
  others: readonly OfferedContent[],
): string[] {
  const { tenantId, contentType, contentId, recordId, text } = arrival;
  const where = `Record ${recordId ?? 'without Id'} of content ${contentId}, which ${destination} took,`;
  if (content?.tenantId !== tenantId || content.contentType !== contentType) return [`${where} was not offered.`];
  const offered = [content, ...others.filter((other) => other.contentType === contentType)]
    .flatMap(({ records }) => records)
    .filter(({ id }) => id === recordId);
  if (offered.length === 0) return [`${where} was not offered in that content.`];
  return offered.some((record) => sameBytes(text, record.text, tenantId)) ? [] : [`${where} is not as it was offered.`];
}

/** The simulator's stand-in for another tenant in `foreign-organization-id`. */
const foreignTenant = guidFrom('another organization');

/**
 * Switches of the simulator spread a record over lines, change the order of its properties and whose it says it is;
 * nothing else may differ.
 */
function sameBytes(arrived: string, offered: string, tenantId: string): boolean {
  if (arrived === offered) return true;
  const own = withoutSpace(arrived.replace(`"${foreignTenant}"`, `"${tenantId}"`));
  return own === offered || sorted(own) === sorted(offered);
}

const sorted = (record: string): string => splitMembers(record).toSorted().join();

/** A record without the space between its tokens. */
const withoutSpace = (text: string): string =>
  text.replaceAll(/("(?:[^"\\]|\\.)*")|\s+/g, (_all, quoted: string | undefined) => quoted ?? '');
