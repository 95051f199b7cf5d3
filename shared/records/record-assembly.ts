import type { CutRecord } from './cut-record.ts';
import { createGrowingBuffer } from './growing-buffer.ts';
import { joinLines } from './join-lines.ts';
import type { TopLevelFields } from './top-level-fields.ts';

/** Puts the bytes of one record at a time together. Positions are in the chunk at hand. */
export interface RecordAssembly {
  /** Offset of the chunk at hand in the content. */
  readonly chunkOffset: number;
  begin(at: number): void;
  /** The record's last byte stands before `at`. */
  end(chunk: Buffer, at: number, hasLineBreaks: boolean): CutRecord;
  /** The chunk ends, perhaps within a record: keeps what is needed of it. */
  leaveChunk(chunk: Buffer): void;
}

/**
 * @param maxRecordBytes a longer record is not kept, so that memory stays flat
 * @param keys wanted keys besides `Id` and `CreationTime`, in the order of the fields after these two
 */
export function createRecordAssembly(
  maxRecordBytes: number,
  keys: readonly string[],
  fields: TopLevelFields,
): RecordAssembly {
  const held = createGrowingBuffer();
  let chunkOffset = 0;
  let ordinal = 0;
  let offset = -1;
  let tooLong = false;

  function extra(): Record<string, string> {
    const found: Record<string, string> = {};
    for (const [i, key] of keys.entries()) {
      const value = fields.values[i + 2];
      if (value !== undefined) found[key] = value;
    }
    return found;
  }

  function bytesUpTo(chunk: Buffer, at: number): Buffer {
    if (offset >= chunkOffset) return chunk.subarray(offset - chunkOffset, at);
    held.append(chunk, 0, at);
    return held.take();
  }

  return {
    get chunkOffset() {
      return chunkOffset;
    },
    begin(at) {
      offset = chunkOffset + at;
      fields.reset();
    },
    end(chunk, at, hasLineBreaks) {
      const length = chunkOffset + at - offset;
      let bytes: Buffer | undefined;
      if (length <= maxRecordBytes) {
        bytes = bytesUpTo(chunk, at);
        if (hasLineBreaks) bytes = joinLines(bytes);
      }
      held.clear();
      tooLong = false;
      const place = offset;
      const id = fields.values[0];
      const creationTime = fields.values[1];
      offset = -1;
      return keys.length === 0
        ? { ordinal: ordinal++, offset: place, length, bytes, id, creationTime }
        : { ordinal: ordinal++, offset: place, length, bytes, id, creationTime, extra: extra() };
    },
    leaveChunk(chunk) {
      const end = chunkOffset + chunk.length;
      if (offset >= 0) {
        tooLong ||= end - offset > maxRecordBytes;
        if (tooLong) held.clear();
        else held.append(chunk, Math.max(0, offset - chunkOffset), chunk.length);
      }
      chunkOffset = end;
    },
  };
}
