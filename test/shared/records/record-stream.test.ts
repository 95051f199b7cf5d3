import { expect, it } from 'vitest';
import type { CutRecord } from '../../../shared/records/cut-record.ts';
import { cutRecords } from '../../../shared/records/record-stream.ts';

const streamOf = (chunks: readonly (string | Error)[]): AsyncIterable<Uint8Array> => ({
  [Symbol.asyncIterator]() {
    const rest = [...chunks];
    return {
      next() {
        const chunk = rest.shift();
        if (chunk instanceof Error) return Promise.reject(chunk);
        return Promise.resolve(
          chunk === undefined ? { done: true as const, value: undefined } : { value: Buffer.from(chunk) },
        );
      },
    };
  },
});

async function collect(
  chunks: readonly (string | Error)[],
  into: CutRecord[][] = [],
): Promise<(string | undefined)[][]> {
  for await (const records of cutRecords(streamOf(chunks), { maxRecordBytes: 100 })) into.push(records);
  return into.map((records) => records.map((record) => record.bytes?.toString()));
}

it('yields the records of each chunk together, and nothing for a chunk in which none ends', async () => {
  expect(await collect(['[{"a":1},{"b":2},{"c"', ':', '3}', ' ', ']'])).toEqual([['{"a":1}', '{"b":2}'], ['{"c":3}']]);
});

it('throws after the records before it if the body ends early', async () => {
  const seen: CutRecord[][] = [];
  await expect(collect(['[{"a":1},', '{"b"'], seen)).rejects.toMatchObject({ name: 'RecordStreamError', offset: 13 });
  expect(seen).toHaveLength(1);
});

it('throws if no byte came at all', async () => {
  await expect(collect([])).rejects.toMatchObject({ name: 'RecordStreamError', offset: 0 });
});

it('passes an error of the source on', async () => {
  await expect(collect(['[{"a":1}', new Error('reset')])).rejects.toThrow('reset');
});
