/** One kind of line in the log, as `events.md` has it. */
export interface DocumentedEvent {
  readonly level: string;
  readonly fields: ReadonlySet<string>;
}

/** Reads the table of `events.md`: event, level, fields, when. */
export function readEvents(markdown: string): Map<string, DocumentedEvent> {
  const rows = markdown.matchAll(/^\| `([a-z-]+)` \| (\w+) \| ([^|]*) \| [^|]+ \|$/gm);
  return new Map(
    [...rows].map(([, event = '', level = '', fields = '']) => [
      event,
      { level, fields: new Set([...fields.matchAll(/`(\w+)`/g)].map(([, field = '']) => field)) },
    ]),
  );
}

/** @returns what a query looks for that no event has, a sentence each */
export function checkQuery(name: string, query: string, events: ReadonlyMap<string, DocumentedEvent>): string[] {
  const used = [...query.matchAll(/\bEvent (?:==|!=) "([^"]*)"|\bEvent (?:!?in) \(([^)]*)\)/g)].flatMap(
    ([, one, many]) =>
      one === undefined ? [...(many ?? '').matchAll(/"([^"]*)"/g)].map(([, event = '']) => event) : [one],
  );
  if (used.length === 0) return [`${name} looks for no event.`];
  const fields = [...query.matchAll(/\bFields\.(\w+)/g)]
    .map(([, field = '']) => field)
    .filter((field) => field !== 'event');
  const known = new Set(used.flatMap((event) => [...(events.get(event)?.fields ?? [])]));
  return [
    ...used
      .filter((event) => !events.has(event))
      .map((event) => `${name} looks for ${event}, which events.md does not have.`),
    ...fields
      .filter((field) => !known.has(field))
      .map((field) => `${name} looks at ${field}, which events.md gives to none of ${used.join(', ')}.`),
  ];
}
