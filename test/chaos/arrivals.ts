import { z } from 'zod';

import type { Taken } from './receiver.ts';

/** A record that a destination has, from one request. */
export interface Arrival {
  readonly tenantId: string;
  readonly contentType: string;
  readonly contentId: string;
  readonly recordId: string | null;
  /** The record itself, byte for byte. */
  readonly text: string;
  readonly request: Taken;
}

const envelope = z.strictObject({
  tenantId: z.string(),
  customerName: z.string(),
  contentType: z.string(),
  contentId: z.string(),
  recordId: z.string().nullable(),
  record: z.unknown(),
});

/** Takes the lines of requests apart. @throws Error if a line is not what interfaces.md says */
export const arrivalsOf = (taken: readonly Taken[]): Arrival[] =>
  taken.flatMap((request) => request.lines.map((line) => ({ ...partsOf(line), request })));

function partsOf(line: string): Omit<Arrival, 'request'> {
  const { tenantId, customerName, contentType, contentId, recordId } = envelope.parse(JSON.parse(line));
  const head = JSON.stringify({ tenantId, customerName, contentType, contentId, recordId });
  const start = `${head.slice(0, -1)},"record":`;
  if (!line.startsWith(start) || !line.endsWith('}')) throw new Error(`A line is no envelope: ${line.slice(0, 300)}`);
  return { tenantId, contentType, contentId, recordId, text: line.slice(start.length, -1) };
}
