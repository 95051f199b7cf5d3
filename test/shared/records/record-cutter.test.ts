import { describe, expect, it } from 'vitest';
import { createRecordCutter } from '../../../shared/records/record-cutter.ts';
import { RecordStreamError } from '../../../shared/records/record-stream-error.ts';
import { cutAll } from './cut-all.ts';

const texts = (body: string | Buffer, size?: number) =>
  cutAll(Buffer.from(body), { size }).map((record) => record.bytes?.toString());

function failureOf(body: string | Buffer, size?: number): RecordStreamError {
  try {
    cutAll(Buffer.from(body), { size });
  } catch (error) {
    if (error instanceof RecordStreamError) return error;
    throw error;
  }
  throw new Error(`no error for ${body.toString()}`);
}

describe.each([undefined, 1, 7])('records cut from chunks of %s bytes', (size) => {
  it('keep 64-bit numbers, escapes, key order and spaces as they were', () => {
    const record = String.raw`{ "z":9223372036854775807,"a" :1.0E+2, "t":"\u00e9\/\ud83d\ude00","b":[ ]}`;
    expect(texts(`[${record}]`, size)).toEqual([record]);
  });

  it('keep characters of several bytes', () => {
    const record = '{"Id":"Zoë 😀","CreationTime":"日本"}';
    const [cut] = cutAll(Buffer.from(`[${record}]`), { size });
    expect(cut?.bytes?.toString()).toBe(record);
    expect(cut).toMatchObject({ id: 'Zoë 😀', creationTime: '日本' });
  });

  it('are not confused by brackets, quotes and Ids within strings and below the top level', () => {
    const records = [
      String.raw`{"a":"]},{\"Id\":\"x\"","b":{"Id":"inner"},"c":[{"Id":"inner"}],"Id":"outer"}`,
      '{"a":[[["]"]],[]],"b":"{\\\\"}',
    ];
    const cut = cutAll(Buffer.from(`[${records.join(',')}]`), { size });
    expect(cut.map((record) => record.bytes?.toString())).toEqual(records);
    expect(cut.map((record) => record.id)).toEqual(['outer', undefined]);
  });

  it('are none in an empty array, one in a single object', () => {
    expect(texts(' [ \r\n ] ', size)).toEqual([]);
    expect(texts('\t{"Id":"1"}\n', size)).toEqual(['{"Id":"1"}']);
    expect(texts('{}', size)).toEqual(['{}']);
  });

  it('may be any JSON, not only objects', () => {
    const elements = ['1', '-0.5e-3', '"a"', '""', 'null', 'true', 'false', '[1,[2],{"Id":"x"}]', '[]', '{}'];
    const cut = cutAll(Buffer.from(`[${elements.join(' , ')}]`), { size });
    expect(cut.map((record) => record.bytes?.toString())).toEqual(elements);
    expect(cut.every((record) => record.id === undefined)).toBe(true);
  });

  it('follow a byte order mark, which counts in offsets', () => {
    const cut = cutAll(Buffer.from('\ufeff[{"Id":"1"}]'), { size });
    expect(cut).toMatchObject([{ ordinal: 0, offset: 4, length: 10, id: '1' }]);
  });

  it('are put on one line, a space for each line break', () => {
    expect(texts('[\r\n{\r\n  "a":1,\n\r"b":\r[\n\n]\r\n}\r\n,\n{"c":"d"}]', size)).toEqual([
      '{   "a":1,  "b": [  ] }',
      '{"c":"d"}',
    ]);
  });

  it('carry place and length in the content', () => {
    const body = '[ {"a":1},\r\n{\r\n"b":2} , 7]';
    const cut = cutAll(Buffer.from(body), { size });
    expect(cut.map(({ ordinal, offset, length }) => [ordinal, body.slice(offset, offset + length)])).toEqual([
      [0, '{"a":1}'],
      [1, '{\r\n"b":2}'],
      [2, '7'],
    ]);
  });

  it('give the keys that were asked for, however they are spelt, the last of a repeated one', () => {
    const body = String.raw`[{"\u0049d":"first","Id":"la\u0073t","OrganizationId":"o","CreationTime":"t","Ids":"-","id":"-"},
      {"Id":"gone","Id":5,"CreationTime":null,"OrganizationId":{"Id":"-"}},{"I\u0064":[ "x" ]}]`;
    const cut = cutAll(Buffer.from(body), { size, keys: ['OrganizationId'] });
    expect(cut).toMatchObject([
      { id: 'last', creationTime: 't', extra: { OrganizationId: 'o' } },
      { id: undefined, creationTime: undefined, extra: {} },
      { id: undefined, creationTime: undefined, extra: {} },
    ]);
    expect(cut[1]?.extra).toEqual({});
  });

  it('over the limit come without bytes but with their Id, and their neighbours unharmed', () => {
    const long = 'x'.repeat(100);
    const records = ['{"Id":"1"}', `{"Id":"2","a":"${long}","CreationTime":"t"}`, '{"Id":"3"}'];
    const cut = cutAll(Buffer.from(`[${records.join(',')}]`), { size, maxRecordBytes: 100 });
    expect(cut.map((record) => record.bytes?.toString())).toEqual([records[0], undefined, records[2]]);
    expect(cut[1]).toMatchObject({ id: '2', creationTime: 't', offset: 12, length: records[1]?.length });
  });

  it('at exactly the limit are whole', () => {
    const record = '{"Id":"1"}';
    expect(cutAll(Buffer.from(record), { size, maxRecordBytes: 10 })[0]?.bytes?.toString()).toBe(record);
    expect(cutAll(Buffer.from(record), { size, maxRecordBytes: 9 })[0]?.bytes).toBeUndefined();
  });

  it('may nest 100,000 deep, not deeper', () => {
    const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    expect(texts(nested(100_000), size)).toEqual([nested(99_999)]);
    expect(failureOf(nested(100_001), size)).toMatchObject({ offset: 100_000 });
  });

  it.each([
    ['', 0, 'ends early'],
    ['  ', 2, 'ends early'],
    ['[', 1, 'ends early'],
    ['[{"a":1},{"b":"', 15, 'ends early'],
    ['[{"a":1}', 8, 'ends early'],
    ['{"a":tru', 8, 'ends early'],
    ['\ufeff', 3, 'ends early'],
    ['[{"a":1}] x', 10, 'follows the end'],
    ['{"a":1}{"b":2}', 7, 'follows the end'],
    ['[1]]', 3, 'follows the end'],
    ['<html>', 0, 'neither an array nor an object'],
    ['"text"', 0, 'neither an array nor an object'],
    ['null', 0, 'neither an array nor an object'],
    ['[{"a":1}{"b":2}]', 8, 'comma or a closing bracket'],
    ['[{"a":1]', 7, 'comma or a closing bracket'],
    ['[1,]', 3, 'value is missing'],
    ['[,1]', 1, 'value or a closing bracket'],
    ['{"a":}', 5, 'value is missing'],
    ['{"a" 1}', 5, 'colon is missing'],
    ['{"a":1,}', 7, 'key is missing'],
    ['{a:1}', 1, 'key or a closing brace'],
    ['{]', 1, 'key or a closing brace'],
    ['["a\nb"]', 3, 'control character'],
    ['["\\x"]', 3, 'unknown escape'],
    ['["\\u12g4"]', 6, 'hexadecimal'],
    ['[01]', 2, 'comma or a closing bracket'],
    ['[1.]', 3, 'number or literal'],
    ['[-]', 2, 'number or literal'],
    ['[nul]', 4, 'number or literal'],
    ['[truee]', 5, 'comma or a closing bracket'],
    ['[+1]', 1, 'value or a closing bracket'],
    ['[1\f]', 2, 'comma or a closing bracket'],
  ])('end with an error at the right place: %j', (body, offset, text) => {
    const error = failureOf(body, size);
    expect(error.offset).toBe(offset);
    expect(error.message).toContain(text);
    expect(error.message).toContain(`at byte ${offset}`);
  });

  it('end with an error at a broken byte order mark', () => {
    expect(failureOf(Buffer.from([0xef, 0xbb, 0x5b]), size)).toMatchObject({ offset: 2 });
  });
});

describe('the record cutter', () => {
  it('stays failed once it failed', () => {
    const cutter = createRecordCutter({ maxRecordBytes: 100 });
    expect(() => cutter.push(Buffer.from('[1,x'))).toThrow(RecordStreamError);
    expect(() => cutter.push(Buffer.from(']'))).toThrow('at byte 3');
    expect(() => cutter.end()).toThrow('at byte 3');
  });

  it('takes plain byte arrays that are a part of a larger one', () => {
    const whole = new TextEncoder().encode('--[{"Id":"1"}]--');
    const cutter = createRecordCutter({ maxRecordBytes: 100 });
    expect(cutter.push(whole.subarray(2, -2))).toMatchObject([{ id: '1', bytes: Buffer.from('{"Id":"1"}') }]);
    expect(cutter.end()).toEqual([]);
  });

  it('does not write to the chunk when it joins lines', () => {
    const chunk = Buffer.from('[{\n"a":1\r\n}]');
    const before = Buffer.from(chunk);
    createRecordCutter({ maxRecordBytes: 100 }).push(chunk);
    expect(chunk.equals(before)).toBe(true);
  });

  it('hands out bytes that are not UTF-8 as they are', () => {
    const record = Buffer.from([0x22, 0xff, 0xc3, 0x22]);
    const body = Buffer.concat([Buffer.from('['), record, Buffer.from(']')]);
    expect(cutAll(body)[0]?.bytes?.equals(record)).toBe(true);
  });

  it('treats an Id over the limit that spans chunks as absent, in the record it belongs to only', () => {
    const body = Buffer.from(`[{"Id":"${'x'.repeat(200)}"},{"Id":"2"}]`);
    expect(cutAll(body, { size: 10, maxRecordBytes: 100 })).toMatchObject([
      { bytes: undefined, id: undefined },
      { id: '2' },
    ]);
  });

  it('holds no more than the limit of a record that never ends', () => {
    const cutter = createRecordCutter({ maxRecordBytes: 1_000_000 });
    cutter.push(Buffer.from('[{"Id":"1","a":"'));
    const before = process.memoryUsage().arrayBuffers;
    const chunk = Buffer.alloc(1_000_000, 'x');
    for (let i = 0; i < 100; i++) cutter.push(chunk);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
    expect(cutter.push(Buffer.from('"},{"Id":"2"}]'))).toMatchObject([{ id: '1', length: 100_000_017 }, { id: '2' }]);
  });
});
