import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { CutRecord } from '../../../shared/records/cut-record.ts';
import { createRecordCutter } from '../../../shared/records/record-cutter.ts';
import { RecordStreamError } from '../../../shared/records/record-stream-error.ts';

const limit = 1_000_000;

const whitespace = fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\r', '\r\n'), maxLength: 3 });
const json = fc.jsonValue({ maxDepth: 4 });
const record = fc.dictionary(
  fc.oneof(fc.constantFrom('Id', 'CreationTime', 'OrganizationId', 'id', 'Id '), fc.string({ unit: 'grapheme' })),
  fc.oneof(json, fc.string({ unit: 'grapheme' })),
  { noNullPrototype: true },
);
const element = fc.oneof({ weight: 4, arbitrary: record }, { weight: 1, arbitrary: json });
const body = fc.oneof({ weight: 5, arbitrary: fc.array(element, { maxLength: 6 }) }, { weight: 1, arbitrary: record });
const borders = fc.array(fc.nat(400), { maxLength: 20 });

/** Prints a value with the given pieces of whitespace between its tokens, and every so many characters escaped. */
function print(value: unknown, gaps: readonly string[], escapeEvery: number): string {
  let tokens = 0;
  let characters = 0;
  const text = (JSON.stringify(value) as string | undefined) ?? 'null';
  return text.replace(/"(?:[^"\\]|\\.)*"|[^"]/g, (token) => {
    if (!token.startsWith('"')) return /[[\]{},:]/.test(token) ? token + (gaps[tokens++ % gaps.length] ?? '') : token;
    return token.replace(/\\.|[^"\\]/gu, (character) =>
      character.startsWith('\\') || escapeEvery === 0 || ++characters % escapeEvery > 0
        ? character
        : character.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
    );
  });
}

function cut(bytes: Buffer, at: readonly number[]): CutRecord[] {
  const cutter = createRecordCutter({ maxRecordBytes: limit, keys: ['OrganizationId'] });
  const records: CutRecord[] = [];
  let from = 0;
  const ends = at.length === 0 ? [] : [...at].sort((a, b) => a - b);
  for (const end of [...ends, bytes.length]) {
    records.push(...cutter.push(Buffer.from(bytes.subarray(from, Math.max(from, end)))));
    from = Math.max(from, end);
  }
  records.push(...cutter.end());
  return records;
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** A record's fields as `JSON.parse` sees them. */
function fieldsOf(value: unknown): Partial<CutRecord> {
  const object: Record<string, unknown> =
    typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
  const organizationId = text(object['OrganizationId']);
  return {
    id: text(object['Id']),
    creationTime: text(object['CreationTime']),
    extra: organizationId === undefined ? {} : { OrganizationId: organizationId },
  };
}

function expectSame(records: readonly CutRecord[], parsed: unknown, source: Buffer, encoding: 'utf8' | 'latin1'): void {
  const elements: unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  expect(records.map(({ bytes }) => JSON.parse(bytes?.toString(encoding) ?? '') as unknown)).toEqual(elements);
  for (const { bytes, offset, length, ordinal } of records) {
    const original = source.toString('latin1', offset, offset + length);
    expect(bytes?.toString('latin1')).toBe(original.replace(/\r\n|\r|\n/g, ' '));
    expect(records[ordinal]?.offset).toBe(offset);
  }
}

it('cuts any JSON, printed in any way, at any chunk borders, as JSON.parse reads it', () => {
  fc.assert(
    fc.property(body, fc.array(whitespace, { minLength: 1 }), fc.nat(5), borders, (value, gaps, escapeEvery, at) => {
      const printed = print(value, gaps, escapeEvery);
      const source = Buffer.from(printed);
      const parsed = JSON.parse(printed) as unknown;
      const records = cut(source, at);
      expectSame(records, parsed, source, 'utf8');
      const elements: unknown[] = Array.isArray(parsed) ? parsed : [parsed];
      for (const [i, found] of records.entries()) expect(found).toMatchObject(fieldsOf(elements[i]));
      const bytewise = Array.from({ length: source.length }, (_, i) => i);
      expect(cut(source, bytewise)).toEqual(records);
    }),
    { numRuns: 500 },
  );
});

// Read as Latin-1, every byte is a character: JSON.parse then judges the bytes as the cutter does, UTF-8 or not.
it('takes and refuses exactly what JSON.parse does, whatever bytes are changed', () => {
  const change = fc.record({
    at: fc.nat(400),
    remove: fc.nat(3),
    insert: fc.uint8Array({ maxLength: 2 }).map((bytes) => Buffer.from(bytes)),
    token: fc.option(
      fc.constantFrom(...Array.from('[]{},:"\\0-.eE+tn \n\r'), '\\u', 'null', '""', ',,', '\x00', '\x1f'),
    ),
  });
  let refused = 0;
  let accepted = 0;
  fc.assert(
    fc.property(
      body,
      fc.array(whitespace, { minLength: 1 }),
      fc.array(change, { maxLength: 2 }),
      borders,
      (...args) => {
        const [value, gaps, changes, at] = args;
        let source = Buffer.from(print(value, gaps, 3));
        for (const { at: place, remove, insert, token } of changes) {
          const from = place % (source.length + 1);
          const added = token === null ? insert : Buffer.from(token);
          source = Buffer.concat([source.subarray(0, from), added, source.subarray(from + remove)]);
        }
        let parsed: unknown;
        try {
          parsed = JSON.parse(source.toString('latin1')) as unknown;
        } catch {
          parsed = undefined;
        }
        if (typeof parsed === 'object' && parsed !== null) {
          accepted++;
          expectSame(cut(source, at), parsed, source, 'latin1');
        } else {
          refused++;
          expect(() => cut(source, at)).toThrow(RecordStreamError);
        }
      },
    ),
    { numRuns: 3000 },
  );
  expect(Math.min(refused, accepted)).toBeGreaterThan(300);
});
