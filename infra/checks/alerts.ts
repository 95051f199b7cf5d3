import { checkQuery, type DocumentedEvent } from './events.ts';
import { at, type Resource } from './template.ts';

export interface Alert {
  readonly name: string;
  readonly severity: string;
  readonly description: string;
  /** How it asks the log; nothing if another service raises it. */
  readonly asks: Question | undefined;
  /** Whether anybody is told. */
  readonly isHeard: boolean;
}

export interface Question {
  readonly query: string;
  /** ISO 8601. */
  readonly window: string;
  readonly every: string;
  /** Columns that it alerts by. */
  readonly by: readonly string[];
  /** What must come out of the query, in words. */
  readonly fires: string;
}

/** One row or more. Nothing can be said of a query without rows: what is missing must be counted by the query itself. */
const anyRow = 'Count GreaterThanOrEqual 1';

/** The alerts of a snapshot. */
export const readAlerts = (resources: readonly Resource[]): Alert[] =>
  resources.flatMap(({ type, name, properties }): Alert[] => {
    if (type === 'Microsoft.Insights/scheduledQueryRules') {
      const [criterion] = at(properties, 'criteria', 'allOf') as unknown[];
      const description = String(at(properties, 'description'));
      const asks: Question = {
        query: String(at(criterion, 'query')),
        window: String(at(properties, 'windowSize')),
        every: String(at(properties, 'evaluationFrequency')),
        by: (at(criterion, 'dimensions') as unknown[]).map((dimension) => String(at(dimension, 'name'))),
        fires: ['timeAggregation', 'operator', 'threshold'].map((key) => String(at(criterion, key))).join(' '),
      };
      const isHeard = at(properties, 'enabled') === true && hasSome(at(properties, 'actions', 'actionGroups'));
      return [{ name, severity: String(at(properties, 'severity')), description, asks, isHeard }];
    }
    const told = at(properties, 'destination', 'properties');
    if (at(properties, 'destination', 'endpointType') !== 'MonitorAlert') return [];
    const severity = String(at(told, 'severity')).replace('Sev', '');
    const isHeard = hasSome(at(told, 'actionGroups'));
    return [{ name, severity, description: String(at(told, 'description')), asks: undefined, isHeard }];
  });

const hasSome = (list: unknown): boolean => Array.isArray(list) && list.length > 0;

/** Names of the sections of the runbooks, as a link would have them. */
export const readSections = (markdown: string): Set<string> =>
  new Set([...markdown.matchAll(/^## ([a-z-]+)$/gm)].map(([, section = '']) => section));

/**
 * @returns alerts without a section, sections without an alert, alerts that nobody hears or that miss what they look for,
 *   a sentence each
 */
export function checkAlerts(
  alerts: readonly Alert[],
  sections: ReadonlySet<string>,
  events: ReadonlyMap<string, DocumentedEvent>,
): string[] {
  const linked = new Map(
    alerts.map(({ name, description }) => [name, /Runbook: \S+#([a-z-]+)$/.exec(description)?.[1]]),
  );
  return [
    ...[...linked]
      .filter(([, section]) => section === undefined || !sections.has(section))
      .map(([name, section]) => `Alert ${name} has no section ${section ?? ''} in infra/runbooks.md.`),
    ...[...sections]
      .filter((section) => ![...linked.values()].includes(section))
      .map((section) => `Section ${section} of infra/runbooks.md belongs to no alert.`),
    ...alerts.filter(({ isHeard }) => !isHeard).map(({ name }) => `Alert ${name} is heard by nobody.`),
    ...alerts.flatMap(({ name, asks }) => (asks === undefined ? [] : checkQuestion(`Alert ${name}`, asks, events))),
  ];
}

const checkQuestion = (
  name: string,
  { query, window, every, by, fires }: Question,
  events: ReadonlyMap<string, DocumentedEvent>,
): string[] => [
  ...checkQuery(name, query, events),
  ...(minutes(window) >= minutes(every) ? [] : [`${name} is blind between ${window} and ${every}.`]),
  ...(fires === anyRow ? [] : [`${name} must fire at any row, not at ${fires}: no row at all is not counted.`]),
  ...by
    .filter((column) => !query.includes(`extend ${column} = `))
    .map((column) => `${name} is split by ${column}, which its query does not make.`),
];

/** @returns `NaN`, which is never enough, for what is no length of hours or minutes */
function minutes(iso: string): number {
  const [, hours = '0', rest = '0'] = /^PT(?:(\d+)H)?(?:(\d+)M)?$/.exec(iso) ?? [undefined, NaN];
  return Number(hours) * 60 + Number(rest);
}
