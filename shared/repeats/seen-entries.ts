import type { TakenRecord } from '../delivery/deliverer.ts';
import { seenEntryBytes } from '../state/seen.ts';
import type { IdTable } from './id-table.ts';
import { idWords, writeId } from './record-key.ts';

/** Records with an Id as the table `seen` holds them: big-endian, so that a GUID's bytes stand in the order of its text. */
export function entriesOf(records: readonly TakenRecord[], markOf: (contentId: string) => number): Uint8Array {
  const entries = new Uint8Array(records.length * seenEntryBytes);
  const view = new DataView(entries.buffer);
  const id = new Uint32Array(idWords);
  for (const [index, { recordId, contentId }] of records.entries()) {
    const at = index * seenEntryBytes;
    writeId(recordId ?? '', id);
    for (const [word, value] of id.entries()) view.setUint32(at + 4 * word, value);
    view.setUint32(at + 4 * idWords, markOf(contentId));
  }
  return entries;
}

/** Adds what the table `seen` holds. */
export function addEntries(ids: IdTable, entries: Uint8Array): void {
  const view = new DataView(entries.buffer, entries.byteOffset, entries.byteLength);
  const id = new Uint32Array(idWords);
  for (let at = 0; at + seenEntryBytes <= entries.length; at += seenEntryBytes) {
    for (let word = 0; word < idWords; word += 1) id[word] = view.getUint32(at + 4 * word);
    ids.add(id, view.getUint32(at + 4 * idWords) || 1);
  }
}
