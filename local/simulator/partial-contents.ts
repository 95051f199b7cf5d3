import { spanStart, withSpan } from './content-id.ts';
import type { Cursor, PlacedContent } from './contents.ts';
import type { ListingWindow } from './listing-window.ts';
import type { Simulation } from './simulation.ts';
import type { Subscription } from './subscriptions.ts';

/** Longer than any span that ids are made with. */
const longestSpan = 120_000;

/**
 * What of a content lies in a window: records spread evenly over the span of its id, the last at `created`.
 * @returns the content itself if all of it does, `undefined` if nothing does
 */
function partOf(content: PlacedContent, window: ListingWindow): PlacedContent | undefined {
  const { created, records } = content;
  const start = spanStart(content.id);
  if (start === undefined || records === 0) return created >= window.from ? content : undefined;
  const timeOf = (index: number): number => start + ((created - start) * (index + 1)) / records;
  let from = 0;
  while (from < records && timeOf(from) < window.from) from++;
  let to = records;
  while (to > from && timeOf(to - 1) >= window.to) to--;
  if (from === to) return undefined;
  if (from === 0 && to === records) return content;
  const last = to === records ? created : window.to - 1;
  const id = withSpan(content.id, from === 0 ? undefined : window.from, to === records ? undefined : last);
  return { ...content, id, created: last, records: to - from, part: { of: content.id, from, to } };
}

/** The contents of a window after a cursor, those that it cuts into in part, which can then be fetched as such. */
export function partsOf(
  { contents }: Simulation,
  { tenantId, contentType }: Subscription,
  window: ListingWindow,
  cursor: Cursor,
): PlacedContent[] {
  const found: PlacedContent[] = [];
  for (const content of contents.after(tenantId, contentType, { created: window.from - 1, place: Infinity })) {
    if (content.created > window.to + longestSpan) break;
    const part = partOf(content, window);
    if (part === undefined) continue;
    found.push(part);
    if (part !== content) contents.addPart(part);
  }
  return found
    .filter(({ created, place }) => created > cursor.created || (created === cursor.created && place > cursor.place))
    .sort((one, other) => one.created - other.created || one.place - other.place);
}
