import type { Arrival } from './arrivals.ts';
import type { Again, Cause } from './explain.ts';
import type { Outcome, Verdict } from './judge.ts';

/** Faults beyond these are only counted. */
const shownFaults = 30;
const shownExamples = 3;

/** A verdict as lines of text. */
export function describeVerdict(
  { faults, records, twice }: Verdict,
  outcomes: ReadonlyMap<string, Outcome>,
  causes: ReadonlyMap<Cause, readonly Again[]>,
): string[] {
  const lines = records.byDestination.map(
    ({ destination, delivered, parked, lost }) =>
      `${destination}: of ${count(records.offered)} record Ids offered, ${count(delivered)} delivered, ` +
      `${count(parked)} parked, ${count(lost)} lost, ${count(records.offered - delivered - parked - lost)} unaccounted.`,
  );
  const reasons = Map.groupBy(
    [...outcomes.values()].filter(({ state }) => state === 'lost' || state === 'parked'),
    ({ state, reason = 'no reason' }) => `${state}: ${generalized(reason)}`,
  );
  for (const [reason, list] of reasons) lines.push(`${count(list.length)} contents ${reason}`);
  lines.push(`${count(twice.length)} record Ids arrived more than once at a destination.`);
  for (const [cause, arrivals] of causes) {
    lines.push(`  ${count(arrivals.length)}: ${cause}`);
    if (cause !== 'unexplained') continue;
    for (const { first, second } of arrivals.slice(0, shownExamples)) {
      lines.push(`    e.g. ${second.tenantId}/${String(second.recordId)}: ${inWords(first)}, then ${inWords(second)}`);
    }
  }
  lines.push(...faults.slice(0, shownFaults));
  if (faults.length > shownFaults) lines.push(`... and ${count(faults.length - shownFaults)} more of that kind.`);
  return lines;
}

const inWords = ({ contentId, request: { host, at } }: Arrival): string =>
  `of ${contentId} by host ${host} at ${new Date(at).toISOString()}`;

const count = (value: number): string => value.toLocaleString('en-US');

/** A reason without what is each content's own. */
const generalized = (reason: string): string =>
  reason.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/gi, '…').replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z|\b\d{15,}\S*/g, '…');
