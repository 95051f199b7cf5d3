import type { CutRecord } from './cut-record.ts';
import {
  inString,
  afterValue,
  beforeKey,
  beforeColon,
  beforeValue,
  beforeFirstKey,
  beforeFirstValue,
  beforeBody,
  afterBody,
  inScalar,
  inEscape,
  inHex,
  atStart,
  misfitIn,
} from './cutter-states.ts';
import {
  tab,
  lineFeed,
  carriageReturn,
  space,
  quote,
  comma,
  colon,
  openBracket,
  backslash,
  closeBracket,
  letterU,
  openBrace,
  closeBrace,
} from './json-bytes.ts';
import { createRecordAssembly } from './record-assembly.ts';
import { RecordStreamError } from './record-stream-error.ts';
import { isWholeScalar, nextScalarState, scalarStart } from './scalar-grammar.ts';
import { hexDigits, plainBytes, simpleEscapes } from './string-grammar.ts';
import { createTopLevelFields } from './top-level-fields.ts';

export interface RecordCutterOptions {
  /** A longer record is handed out without its bytes. Length in the content. */
  readonly maxRecordBytes: number;
  /** Top-level keys to read besides `Id` and `CreationTime`. */
  readonly keys?: readonly string[];
}

export interface RecordCutter {
  /**
   * Takes the next bytes of the content.
   * @param chunk not to be written to afterwards: the `bytes` of a record that lies within one chunk are a view of it
   * @returns the records that end in this chunk
   * @throws RecordStreamError where the body stops being JSON; the records of this chunk are not handed out then, and
   *   every later call throws the same error
   */
  push(chunk: Uint8Array): CutRecord[];
  /**
   * Says that the content is complete.
   * @returns nothing: the last record was handed out when its last byte came
   * @throws RecordStreamError if the body ended early
   */
  end(): CutRecord[];
}

/** Deeper nesting is an error, since what is remembered of it would grow with the content. */
const maxDepth = 100_000;

const byteOrderMark = [0xef, 0xbb, 0xbf];

/**
 * Cuts a content's body into records as its bytes arrive, without parsing and printing them.
 *
 * The body is an array, whose elements are the records, or a single object, which is one record: the API documents an
 * array, but collectors have met single objects. Elements that are not objects are handed out too, without Id. A UTF-8
 * byte order mark is skipped. Exactly what `JSON.parse` refuses is an error, with two exceptions: bytes that are not
 * UTF-8 are handed out as they are, and nesting over 100,000 levels is refused.
 *
 * Memory is bounded by `maxRecordBytes`, not by the content: of a longer record only place, length, and the wanted keys
 * are handed out, and the records after it go on.
 */
export function createRecordCutter(options: RecordCutterOptions): RecordCutter {
  const { maxRecordBytes, keys = [] } = options;
  const fields = createTopLevelFields(['Id', 'CreationTime', ...keys], maxRecordBytes);
  const assembly = createRecordAssembly(maxRecordBytes, keys, fields);
  let containers = new Uint8Array(64);
  let kept = {
    state: atStart,
    depth: 0,
    base: 0,
    isObject: false,
    isKey: false,
    escaped: false,
    wanted: -1,
    progress: 0,
    hasLineBreaks: false,
  };
  let failure: RecordStreamError | undefined;

  function fail(at: number, found: string): RecordStreamError {
    failure = new RecordStreamError(assembly.chunkOffset + at, found);
    return failure;
  }
  const misfit = (at: number, state: number) => fail(at, misfitIn(state));
  function cut(chunk: Buffer): CutRecord[] {
    const records: CutRecord[] = [];
    let { state, depth, base, isObject, isKey, escaped, wanted, progress, hasLineBreaks } = kept;
    const n = chunk.length;
    let i = 0;
    let from = 0;
    while (i < n) {
      if (state === inString) {
        let c = 0;
        while (i < n && plainBytes[(c = chunk[i] ?? 0)] === 1) i++;
        if (i === n) break;
        if (c === backslash) {
          escaped = true;
          state = inEscape;
          i++;
          continue;
        }
        if (c !== quote) throw fail(i, 'a string holds a control character');
        if (isKey) {
          if (depth === base + 1) wanted = fields.endKey(chunk, from, i, escaped);
          state = beforeColon;
          i++;
          if (i + 1 < n && chunk[i] === colon) {
            i++;
            state = beforeValue;
            if (chunk[i] === quote) {
              isKey = false;
              escaped = false;
              from = ++i;
              state = inString;
            }
          }
        } else {
          if (wanted >= 0) {
            fields.endValue(wanted, chunk, from, i, escaped);
            wanted = -1;
          }
          state = afterValue;
          i++;
          if (depth === base) records.push(assembly.end(chunk, i, hasLineBreaks));
          else if (isObject && i + 1 < n && chunk[i] === comma) {
            i++;
            state = beforeKey;
            if (chunk[i] === quote) {
              isKey = true;
              escaped = false;
              from = ++i;
              state = inString;
            }
          }
        }
        continue;
      }
      const c = chunk[i] ?? 0;
      if (state <= afterBody) {
        if (c <= space) {
          if (c === lineFeed || c === carriageReturn) hasLineBreaks = true;
          else if (c !== space && c !== tab) throw misfit(i, state);
          i++;
          while (i < n && chunk[i] === space) i++;
          continue;
        }
        if (state === afterValue) {
          if (c === comma) {
            i++;
            state = isObject ? beforeKey : beforeValue;
            continue;
          }
        } else if (state === beforeKey || state === beforeFirstKey) {
          if (c === quote) {
            isKey = true;
            escaped = false;
            from = ++i;
            state = inString;
            continue;
          }
          if (state === beforeKey) throw misfit(i, state);
        } else if (state === beforeColon) {
          if (c !== colon) throw misfit(i, state);
          i++;
          state = beforeValue;
          continue;
        } else if (state === afterBody) throw misfit(i, state);
        else {
          if (state === beforeBody) {
            if (c === openBracket) {
              base = 1;
              depth = 1;
              isObject = false;
              state = beforeFirstValue;
              i++;
              continue;
            }
            if (c !== openBrace) throw misfit(i, state);
          }
          if (state !== beforeFirstValue || c !== closeBracket) {
            if (depth === base) {
              assembly.begin(i);
              hasLineBreaks = false;
            }
            if (c === quote) {
              isKey = false;
              escaped = false;
              from = ++i;
              state = inString;
              continue;
            }
            wanted = -1;
            if (c === openBrace || c === openBracket) {
              depth++;
              if (depth > maxDepth) throw fail(i, 'objects and arrays are nested more than 100,000 deep');
              if (depth === containers.length) {
                const larger = new Uint8Array(2 * depth);
                larger.set(containers);
                containers = larger;
              }
              isObject = c === openBrace;
              containers[depth] = isObject ? 1 : 0;
              state = isObject ? beforeFirstKey : beforeFirstValue;
              i++;
              continue;
            }
            progress = nextScalarState(scalarStart, c);
            if (progress === 0) throw misfit(i, state);
            state = inScalar;
            i++;
            continue;
          }
        }
        if (c !== (isObject ? closeBrace : closeBracket)) throw misfit(i, state);
        i++;
        depth--;
        if (depth < base) {
          state = afterBody;
          continue;
        }
        state = afterValue;
        if (depth === base) {
          records.push(assembly.end(chunk, i, hasLineBreaks));
          if (depth === 0) state = afterBody;
        }
        isObject = containers[depth] === 1;
        continue;
      }
      if (state === inScalar) {
        const next = nextScalarState(progress, c);
        if (next !== 0) {
          progress = next;
          i++;
          continue;
        }
        if (!isWholeScalar(progress)) throw fail(i, 'a number or literal is misspelt');
        state = afterValue;
        if (depth === base) records.push(assembly.end(chunk, i, hasLineBreaks));
        continue;
      }
      if (state === inEscape) {
        if (c === letterU) {
          state = inHex;
          progress = 4;
        } else if (simpleEscapes[c] === 1) state = inString;
        else throw fail(i, 'a string holds an unknown escape');
        i++;
        continue;
      }
      if (state === inHex) {
        if (hexDigits[c] !== 1) throw fail(i, 'an escape lacks one of its four hexadecimal digits');
        if (--progress === 0) state = inString;
        i++;
        continue;
      }
      if (c === byteOrderMark[progress]) {
        i++;
        if (++progress === byteOrderMark.length) state = beforeBody;
      } else if (progress === 0) state = beforeBody;
      else throw fail(i, 'the byte order mark is broken');
    }
    if (state === inString || state === inEscape || state === inHex) {
      if (isKey && depth === base + 1) fields.holdKey(chunk, from, n);
      else if (wanted >= 0) fields.holdValue(chunk, from, n);
    }
    assembly.leaveChunk(chunk);
    kept = { state, depth, base, isObject, isKey, escaped, wanted, progress, hasLineBreaks };
    return records;
  }
  return {
    push(chunk) {
      if (failure !== undefined) throw failure;
      return cut(Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    },
    end() {
      if (failure !== undefined) throw failure;
      if (kept.state !== afterBody) throw fail(0, 'the body ends early');
      return [];
    },
  };
}
