import type { CutRecord } from './cut-record.ts';
import { createRecordCutter, type RecordCutterOptions } from './record-cutter.ts';

/**
 * Cuts a content's body into records: `createRecordCutter` over a stream. Records come in arrays, one for each chunk in
 * which records end and never empty, so that the cost of waiting is shared.
 * @throws RecordStreamError if the body is not JSON or ends early (records already yielded are the caller's business),
 *   and whatever the source throws
 */
export async function* cutRecords(
  source: AsyncIterable<Uint8Array>,
  options: RecordCutterOptions,
): AsyncGenerator<CutRecord[], void, undefined> {
  const cutter = createRecordCutter(options);
  for await (const chunk of source) {
    const records = cutter.push(chunk);
    if (records.length > 0) yield records;
  }
  cutter.end();
}
