import type { CutRecord } from '../../../shared/records/cut-record.ts';
import { createRecordCutter } from '../../../shared/records/record-cutter.ts';

export interface CutAllOptions {
  /** Bytes in a chunk; all in one chunk if absent. */
  readonly size?: number | undefined;
  readonly maxRecordBytes?: number;
  readonly keys?: readonly string[];
}

/** Cuts a whole body at once. */
export function cutAll(body: Uint8Array, options: CutAllOptions = {}): CutRecord[] {
  const { size = Math.max(1, body.length), maxRecordBytes = 4_000_000, keys = [] } = options;
  const cutter = createRecordCutter({ maxRecordBytes, keys });
  const records: CutRecord[] = [];
  for (let at = 0; at < body.length; at += size) records.push(...cutter.push(body.subarray(at, at + size)));
  records.push(...cutter.end());
  return records;
}
