import type { ParkedEntry } from './relay-api.ts';

/** So many reasons say enough about what went wrong. */
const mostLines = 10;

/** What is parked and why, in lines; nothing if nothing is. */
export function describeParked(parked: readonly ParkedEntry[]): string[] {
  if (parked.length === 0) return [];
  const lines = parked
    .slice(0, mostLines)
    .map(({ contentType, contentId, recordId, reason }) =>
      [`  ${contentType ?? 'malformed'} ${contentId}`, ...(recordId ? [`record ${recordId}`] : []), reason].join(' · '),
    );
  const more = parked.length > mostLines ? [`  and ${parked.length - mostLines} more`] : [];
  return ['Parked (GET /api/parked; POST /api/parked/replay tries again):', ...lines, ...more];
}
