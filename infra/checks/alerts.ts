import { checkQuery, type DocumentedEvent } from './events.ts';
import { at, type Resource } from './template.ts';

export interface Alert {
  readonly name: string;
  readonly severity: string;
  readonly description: string;
  /** What it looks for in the log; nothing if another service raises it. */
  readonly query: string | undefined;
}

/** The alerts of a snapshot. */
export const readAlerts = (resources: readonly Resource[]): Alert[] =>
  resources.flatMap(({ type, name, properties }): Alert[] => {
    if (type === 'Microsoft.Insights/scheduledQueryRules') {
      const [criterion] = at(properties, 'criteria', 'allOf') as unknown[];
      const description = String(at(properties, 'description'));
      const query = String(at(criterion, 'query'));
      return [{ name, severity: String(at(properties, 'severity')), description, query }];
    }
    const told = at(properties, 'destination', 'properties');
    if (at(properties, 'destination', 'endpointType') !== 'MonitorAlert') return [];
    const severity = String(at(told, 'severity')).replace('Sev', '');
    return [{ name, severity, description: String(at(told, 'description')), query: undefined }];
  });

/** Names of the sections of the runbooks, as a link would have them. */
export const readSections = (markdown: string): Set<string> =>
  new Set([...markdown.matchAll(/^## ([a-z-]+)$/gm)].map(([, section = '']) => section));

/** @returns alerts without a section, sections without an alert, and queries for what is not logged, a sentence each */
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
    ...alerts.flatMap(({ name, query }) => (query === undefined ? [] : checkQuery(`Alert ${name}`, query, events))),
  ];
}
