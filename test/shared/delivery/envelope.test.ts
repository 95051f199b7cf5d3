import { expect, test } from 'vitest';
import { envelopeLineLength, envelopeLines, envelopePrefix } from '../../../shared/delivery/envelope.ts';
import { delivery, record, tenantId } from './sample-delivery.ts';

test('a line holds the envelope and the record byte for byte', () => {
  const raw = '{"Size":12345678901234567890, "b":"\\u0041","a":1.10}';
  const body = envelopeLines(delivery([record(raw, 'id-1', 'c$1')]));
  expect(body.toString()).toBe(
    `{"tenantId":"${tenantId}","customerName":"Contoso","contentType":"Audit.Exchange","contentId":"c$1","recordId":"id-1","record":${raw}}\n`,
  );
});

test('bytes that are not UTF-8 pass as they are', () => {
  const bytes = Buffer.from([0x7b, 0xff, 0xfe, 0x7d]);
  const body = envelopeLines(delivery([{ contentId: 'c', recordId: null, bytes }]));
  expect(body.includes(Buffer.concat([Buffer.from('"recordId":null,"record":'), bytes, Buffer.from('}\n')]))).toBe(
    true,
  );
});

test('contents may mix in one body', () => {
  const body = envelopeLines(
    delivery([record('{"n":1}', 'a', 'c1'), record('{"n":2}', null, 'c2'), record('{"n":3}', 'c', 'c1')]),
  );
  const lines = body
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.map(({ contentId, recordId, record: inner }) => [contentId, recordId, inner])).toEqual([
    ['c1', 'a', { n: 1 }],
    ['c2', null, { n: 2 }],
    ['c1', 'c', { n: 3 }],
  ]);
});

test.each([
  'Ümlaut "quoted" \\ back',
  'lone \ud800 surrogate',
  'line \u2028 \u2029 \u0085 ends',
  'tab\tnul\0',
  '😀',
  '',
])('a customer named %j comes back unchanged, on one line, as valid UTF-8', (customerName) => {
  const body = envelopeLines(delivery([record('{}', customerName)], { customerName }));
  const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  expect(text.split(/[\n\r\u0085\u2028\u2029]/)).toHaveLength(2);
  const line = JSON.parse(text) as Record<string, unknown>;
  expect(line['customerName']).toBe(customerName);
  expect(line['recordId']).toBe(customerName);
});

test('the length of a line is known before it is written', () => {
  for (const recordId of [null, 'plain', 'ü"\u2028']) {
    const one = record('{"a":"ü"}', recordId);
    const prefix = envelopePrefix({ ...delivery([]), contentId: one.contentId });
    expect(envelopeLineLength(prefix.length, recordId, one.bytes.length)).toBe(envelopeLines(delivery([one])).length);
  }
});

test('a delivery without records is an empty body', () => {
  expect(envelopeLines(delivery([]))).toHaveLength(0);
});
