import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAzureTables } from '../../../shared/state/azure-tables.ts';
import {
  RowConflict,
  StorageError,
  transactionLimit,
  type Row,
  type RowOperation,
  type RowQuery,
  type StoredRow,
  type Table,
  type Tables,
} from '../../../shared/state/table.ts';
import { createMemoryTables } from '../../support/memory-tables.ts';
import { startTestStorage, type TestStorage } from '../../support/storage-emulator.ts';

let storage: TestStorage;
beforeAll(async () => {
  storage = await startTestStorage();
});
afterAll(() => storage.close());

let count = 0;

async function read(table: Table, query: RowQuery = {}): Promise<StoredRow[]> {
  const rows: StoredRow[] = [];
  for await (const row of table.query(query)) rows.push(row);
  return rows;
}
const keys = async (table: Table, query: RowQuery = {}): Promise<string[]> =>
  (await read(table, query)).map(({ row }) => `${row.partitionKey}/${row.rowKey}`);

const oddKeys = [
  "it's",
  "'",
  "''",
  '$a',
  '%',
  '%25',
  'a%2Fb',
  'a=b',
  'a|b',
  'a!b',
  'a~b',
  ' a b ',
  'a+b&c',
  '"<>"',
  'a(b)',
  'a:b;c@d',
  'é漢字',
  '😀',
  '\uffee',
  '{x}[y]^`',
  '',
];

describe.each([
  ['Table Storage (Azurite)', () => createAzureTables(storage.clients)],
  ['memory', createMemoryTables],
])('tables in %s', (_name, create: () => Tables) => {
  let tables: Tables;
  let table: Table;
  let name: string;
  const fresh = (): void => {
    name = `rows${++count}`;
    tables = create();
    table = tables.table(name);
  };
  const conflict = { name: 'RowConflict' };
  const failure = { name: 'StorageError' };
  const row = (rowKey: string, columns: Partial<Row> = {}): Row => ({ ...columns, partitionKey: 'p', rowKey });

  describe('a table that does not exist', () => {
    it('reads as empty', async () => {
      fresh();
      expect(await table.get('p', 'r')).toBeUndefined();
      expect(await read(table)).toEqual([]);
      expect(await read(table, { partitionKey: 'p', rowKeyFrom: 'a', rowKeyBefore: 'b' })).toEqual([]);
      expect(await tables.names(name)).toEqual([]);
    });

    it('has nothing to replace or remove', async () => {
      fresh();
      await expect(table.replace(row('r'), 'W/"1"')).rejects.toMatchObject(conflict);
      await expect(table.remove('p', 'r', 'W/"1"')).rejects.toMatchObject(conflict);
      await table.remove('p', 'r');
      await tables.drop(name);
      expect(await tables.names(name)).toEqual([]);
    });

    it.each([
      ['insert', async (): Promise<unknown> => table.insert(row('r', { n: 1 }))],
      ['put', async (): Promise<unknown> => table.put(row('r', { n: 1 }))],
      ['transaction', async (): Promise<unknown> => table.transact('p', [{ insert: row('r', { n: 1 }) }])],
    ])('is made by the first %s', async (_what, write) => {
      fresh();
      await write();
      expect((await table.get('p', 'r'))?.row).toEqual(row('r', { n: 1 }));
      expect(await tables.names(name)).toEqual([name]);
    });

    it('is made once by ten writers at once', async () => {
      fresh();
      await Promise.all(
        Array.from({ length: 10 }, (_, i) =>
          create === createMemoryTables
            ? table.insert(row(`r${i}`))
            : create()
                .table(name)
                .insert(row(`r${i}`)),
        ),
      );
      expect(await read(table)).toHaveLength(10);
      expect(await tables.names(name)).toEqual([name]);
    });

    it('a transaction of changes alone is a conflict', async () => {
      fresh();
      await expect(table.transact('p', [{ replace: row('r'), etag: 'W/"1"' }])).rejects.toMatchObject(conflict);
    });
  });

  describe('columns', () => {
    it('come back as they were written', async () => {
      fresh();
      const columns = {
        text: 'Ä "quoted" \\ \n\t\r 😀 <&>',
        empty: '',
        spaces: '  ',
        zero: 0,
        small: -3,
        int32: 2 ** 31 - 1,
        over: 2 ** 31,
        under: -(2 ** 31) - 1,
        time: 1_795_392_000_123,
        safe: Number.MAX_SAFE_INTEGER,
        half: 0.5,
        tiny: 5e-324,
        huge: 1.7976931348623157e308,
        thirds: 1 / 3,
        yes: true,
        no: false,
      };
      await table.insert(row('one', columns));
      await table.transact('p', [{ insert: row('two', columns) }, { put: row('three', columns) }]);
      expect((await table.get('p', 'one'))?.row).toEqual(row('one', columns));
      expect((await table.get('p', 'two'))?.row).toEqual(row('two', columns));
      expect((await read(table)).map((stored) => stored.row)).toEqual([
        row('one', columns),
        row('three', columns),
        row('two', columns),
      ]);
    });

    it('that are undefined are left out, and gone after a replace or put', async () => {
      fresh();
      const etag = await table.insert(row('r', { a: 1, b: 'x', c: undefined }));
      expect(Object.keys((await table.get('p', 'r'))?.row ?? {}).sort()).toEqual(['a', 'b', 'partitionKey', 'rowKey']);
      await table.replace(row('r', { b: 'y' }), etag);
      expect((await table.get('p', 'r'))?.row).toStrictEqual(row('r', { b: 'y' }));
      await table.put(row('r', { d: true }));
      expect((await table.get('p', 'r'))?.row).toStrictEqual(row('r', { d: true }));
    });

    it('hold up to 32,768 characters', async () => {
      fresh();
      const text = 'é'.repeat(32_768);
      // Shifted by a byte, so that one of them is cut within a character wherever the request is cut.
      for (const each of [text, `x${text.slice(1)}`]) {
        await table.put(row('r', { text: each }));
        expect((await table.get('p', 'r'))?.row['text'] === each).toBe(true);
        await table.transact('p', [{ put: row('s', { text: each }) }]);
        expect((await table.get('p', 's'))?.row['text'] === each).toBe(true);
      }
      await expect(table.put(row('r', { text: `${text}y` }))).rejects.toThrow(/text is over the 64 KiB/);
    });

    it.each([
      ['a number that is none', { n: Number.NaN }, /finite/],
      ['an infinite number', { n: Infinity }, /finite/],
      ['half a character', { s: '\ud83d' }, /well-formed/],
      ['a name with a dash', { 'a-b': 1 }, /column name "a-b"/],
      ["the service's own name", { timestamp: 1 }, /column name "timestamp"/],
    ])('refuse %s', async (_what, columns: Record<string, string | number>, message) => {
      fresh();
      await expect(table.insert(row('r', columns))).rejects.toThrow(message);
      await expect(table.transact('p', [{ put: row('r', columns) }])).rejects.toBeInstanceOf(StorageError);
    });

    it('are copies', async () => {
      fresh();
      const mine: Record<string, string | number> & Row = { partitionKey: 'p', rowKey: 'r', n: 1 };
      await table.insert(mine);
      mine['n'] = 2;
      const first = await table.get('p', 'r');
      expect(first?.row['n']).toBe(1);
      Object.assign(first?.row ?? {}, { n: 3 });
      expect((await table.get('p', 'r'))?.row['n']).toBe(1);
    });
  });

  describe('keys', () => {
    it.each(oddKeys.map((key) => [key]))('may be %j', async (key) => {
      fresh();
      const partitionKey = `p${key}`;
      const etag = await table.insert({ partitionKey, rowKey: key, n: 1 });
      expect((await table.get(partitionKey, key))?.row).toEqual({ partitionKey, rowKey: key, n: 1 });
      const replaced = await table.replace({ partitionKey, rowKey: key, n: 2 }, etag);
      const [put] = await table.transact(partitionKey, [
        { replace: { partitionKey, rowKey: key, n: 3 }, etag: replaced },
      ]);
      await table.put({ partitionKey: 'other', rowKey: key });
      expect(await read(table, { partitionKey })).toEqual([{ row: { partitionKey, rowKey: key, n: 3 }, etag: put }]);
      expect(await read(table, { partitionKey, rowKeyFrom: key, rowKeyBefore: `${key}x` })).toHaveLength(1);
      expect(await read(table, { partitionKey, rowKeyBefore: key })).toHaveLength(0);
      await table.transact(partitionKey, [{ remove: { rowKey: key }, etag: put ?? '' }]);
      expect(await table.get(partitionKey, key)).toBeUndefined();
      await table.remove('other', key, (await table.get('other', key))?.etag);
      expect(await read(table)).toEqual([]);
    });

    it.each(
      ['a/b', 'a\\b', 'a#b', 'a?b', 'a\tb', 'a\u0000b', 'a\u007fb', 'a\u0085b', '\ud83d', 'x'.repeat(513)].map(
        (key) => [key],
      ),
    )('may not be %j', async (key) => {
      fresh();
      await expect(table.insert(row(key))).rejects.toMatchObject(failure);
      await expect(table.put({ partitionKey: key, rowKey: 'r' })).rejects.toMatchObject(failure);
      await expect(table.replace(row(key), 'W/"1"')).rejects.toMatchObject(failure);
      await expect(table.get('p', key)).rejects.toMatchObject(failure);
      await expect(table.remove(key, 'r')).rejects.toMatchObject(failure);
      await expect(table.transact('p', [{ remove: { rowKey: key }, etag: '*' }])).rejects.toMatchObject(failure);
      await expect(table.transact(key, [])).rejects.toMatchObject(failure);
    });

    it('are ordered by UTF-16 code unit', async () => {
      fresh();
      const unordered = ['b', 'B', 'a', '10', '9', '~', '!', 'é', 'z', '😀', '\uffee', '', 'a b', 'ab', 'a-b'];
      await table.transact(
        'p',
        unordered.map((rowKey) => ({ insert: row(rowKey) })),
      );
      await table.insert({ partitionKey: 'P', rowKey: 'x' });
      const ordered = [...unordered].sort().map((rowKey) => `p/${rowKey}`);
      expect(await keys(table, { partitionKey: 'p' })).toEqual(ordered);
      expect(await keys(table)).toEqual(['P/x', ...ordered]);
    });

    it('bound a query, from inclusive, to exclusive', async () => {
      fresh();
      for (const partitionKey of ['p', 'q']) {
        const operations = ['a', 'b', 'c', 'd'].map((rowKey) => ({ insert: { partitionKey, rowKey } }));
        await table.transact(partitionKey, operations);
      }
      expect(await keys(table, { partitionKey: 'p', rowKeyFrom: 'b', rowKeyBefore: 'd' })).toEqual(['p/b', 'p/c']);
      expect(await keys(table, { rowKeyFrom: 'c' })).toEqual(['p/c', 'p/d', 'q/c', 'q/d']);
      expect(await keys(table, { rowKeyBefore: 'b' })).toEqual(['p/a', 'q/a']);
    });
  });

  describe('versions', () => {
    it('are returned by every write and by every read', async () => {
      fresh();
      const inserted = await table.insert(row('r', { n: 1 }));
      expect((await table.get('p', 'r'))?.etag).toBe(inserted);
      const replaced = await table.replace(row('r', { n: 2 }), inserted);
      const put = await table.put(row('r', { n: 2 }));
      expect(new Set([inserted, replaced, put]).size).toBe(3);
      expect((await read(table))[0]?.etag).toBe(put);
    });

    it('stop a writer who comes second', async () => {
      fresh();
      const first = await table.insert(row('r', { n: 1 }));
      const second = await table.replace(row('r', { n: 2 }), first);
      await expect(table.insert(row('r', { n: 3 }))).rejects.toBeInstanceOf(RowConflict);
      await expect(table.replace(row('r', { n: 3 }), first)).rejects.toBeInstanceOf(RowConflict);
      await expect(table.remove('p', 'r', first)).rejects.toBeInstanceOf(RowConflict);
      expect(await table.get('p', 'r')).toEqual({ row: row('r', { n: 2 }), etag: second });
      await table.remove('p', 'r', second);
      await expect(table.replace(row('r'), second)).rejects.toBeInstanceOf(RowConflict);
      await expect(table.remove('p', 'r', second)).rejects.toBeInstanceOf(RowConflict);
      await table.remove('p', 'r');
    });

    it('a removal without one takes whatever is there', async () => {
      fresh();
      await table.insert(row('r'));
      await table.remove('p', 'r');
      expect(await table.get('p', 'r')).toBeUndefined();
    });

    it('let exactly one of many inserts and one of many replaces win', async () => {
      fresh();
      const won = (outcomes: PromiseSettledResult<string>[]): number =>
        outcomes.filter(({ status }) => status === 'fulfilled').length;
      const inserts = await Promise.allSettled(Array.from({ length: 12 }, (_, n) => table.insert(row('r', { n }))));
      expect(won(inserts)).toBe(1);
      const etag = (await table.get('p', 'r'))?.etag ?? '';
      const replaces = await Promise.allSettled(
        Array.from({ length: 12 }, (_, n) => table.replace(row('r', { n }), etag)),
      );
      expect(won(replaces)).toBe(1);
      for (const outcome of [...inserts, ...replaces]) {
        if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(RowConflict);
      }
    });
  });

  describe('a transaction', () => {
    it('does all its steps and returns their versions in order', async () => {
      fresh();
      const old = await table.insert(row('old', { n: 1 }));
      const gone = await table.insert(row('gone'));
      const etags = await table.transact('p', [
        { put: row('put', { n: 2 }) },
        { remove: { rowKey: 'gone' }, etag: gone },
        { replace: row('old', { n: 3 }), etag: old },
        { insert: row('new', { n: 4 }) },
      ]);
      expect(etags[1]).toBe('');
      expect(await read(table)).toEqual([
        { row: row('new', { n: 4 }), etag: etags[3] },
        { row: row('old', { n: 3 }), etag: etags[2] },
        { row: row('put', { n: 2 }), etag: etags[0] },
      ]);
    });

    it('of no steps does nothing', async () => {
      fresh();
      expect(await table.transact('p', [])).toEqual([]);
      expect(await tables.names(name)).toEqual([]);
    });

    it('takes a hundred steps and no more', async () => {
      fresh();
      const inserts = Array.from({ length: transactionLimit }, (_, i) => ({ insert: row(`r${i}`, { i }) }));
      const etags = await table.transact('p', inserts);
      const stored = await read(table);
      expect(stored).toHaveLength(100);
      expect(new Map(stored.map((each) => [each.row['i'], each.etag]))).toEqual(
        new Map(etags.map((etag, i) => [i, etag])),
      );
      await expect(table.transact('p', [...inserts, { insert: row('x') }])).rejects.toThrow(/101 operations.*split/);
    });

    it.each([
      ['a row that exists', (): RowOperation => ({ insert: row('there', { n: 9 }) })],
      ['a row that has changed', (etag: string): RowOperation => ({ replace: row('there', { n: 9 }), etag })],
      ['a row that is gone', (etag: string): RowOperation => ({ replace: row('missing', { n: 9 }), etag })],
      ['the removal of one that has changed', (etag: string): RowOperation => ({ remove: { rowKey: 'there' }, etag })],
      ['the removal of one that is gone', (etag: string): RowOperation => ({ remove: { rowKey: 'missing' }, etag })],
    ])('does nothing at all on %s', async (_what, step) => {
      fresh();
      const stale = await table.insert(row('there', { n: 1 }));
      await table.replace(row('there', { n: 2 }), stale);
      const other = await table.insert(row('other', { n: 1 }));
      const last = await table.insert(row('last', { n: 1 }));
      const before = await read(table);
      const steps: RowOperation[] = [
        { insert: row('new') },
        { put: row('also') },
        { replace: row('other', { n: 5 }), etag: other },
        { remove: { rowKey: 'last' }, etag: last },
        step(stale),
        { insert: row('after') },
      ];
      await expect(table.transact('p', steps)).rejects.toBeInstanceOf(RowConflict);
      expect(await read(table)).toEqual(before);
    });

    it('keeps removals apart by their versions', async () => {
      fresh();
      const etags = await table.transact(
        'p',
        ['a', 'b', 'c'].map((rowKey) => ({ insert: row(rowKey) })),
      );
      const removals = ['a', 'b', 'c'].map((rowKey, i) => ({ remove: { rowKey }, etag: etags[i] ?? '' }));
      const changed = await table.put(row('c', { text: 'DELETE http://x HTTP/1.1\r\nif-match: *\r\n' }));
      await expect(table.transact('p', removals)).rejects.toBeInstanceOf(RowConflict);
      await table.transact('p', [
        { put: row('d', { text: 'DELETE http://x HTTP/1.1\r\nif-match: *\r\n' }) },
        ...removals.slice(0, 2),
        { remove: { rowKey: 'c' }, etag: changed },
      ]);
      expect(await keys(table)).toEqual(['p/d']);
      expect((await table.get('p', 'd'))?.row['text']).toBe('DELETE http://x HTTP/1.1\r\nif-match: *\r\n');
    });

    it('refuses two steps on one row, and two partitions', async () => {
      fresh();
      await expect(table.transact('p', [{ insert: row('r') }, { put: row('r') }])).rejects.toThrow(/occurs twice/);
      await expect(table.transact('q', [{ insert: row('r') }])).rejects.toThrow(/span partitions/);
      expect(await read(table)).toEqual([]);
    });

    it('one of many that insert the same row wins, the others leave nothing', async () => {
      fresh();
      await table.put(row('first'));
      const outcomes = await Promise.allSettled(
        Array.from({ length: 8 }, (_, i) =>
          table.transact('p', [{ insert: row(`mine${i}`) }, { insert: row('same') }, { insert: row(`too${i}`) }]),
        ),
      );
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(RowConflict);
      }
      expect(await read(table)).toHaveLength(4);
    });
  });

  it('a query goes on past a thousand rows, in order, and ends when its reader does', async () => {
    fresh();
    for (let start = 0; start < 2300; start += 100) {
      const partitionKey = start < 1500 ? 'é' : 'p';
      const operations = Array.from({ length: 100 }, (_, i) => ({
        insert: { partitionKey, rowKey: `ü${String(start + i).padStart(5, '0')}` },
      }));
      await table.transact(partitionKey, operations);
    }
    const all = await keys(table);
    expect(all).toHaveLength(2300);
    expect(all).toEqual([...all].sort());
    expect(await keys(table, { partitionKey: 'é' })).toHaveLength(1500);
    expect(await keys(table, { partitionKey: 'é', rowKeyFrom: 'ü00100' })).toHaveLength(1400);
    const some: string[] = [];
    for await (const stored of table.query({})) if (some.push(stored.row.rowKey) === 3) break;
    expect(some).toHaveLength(3);
  });

  it('a table is dropped with its rows and may be made again', async () => {
    fresh();
    await table.insert(row('r'));
    await tables.drop(name);
    await tables.drop(name);
    expect(await table.get('p', 'r')).toBeUndefined();
    expect(await tables.names(name)).toEqual([]);
    await table.insert(row('s'));
    expect(await keys(table)).toEqual(['p/s']);
  });

  it('names are listed by prefix, in order', async () => {
    fresh();
    for (const suffix of ['202611', '202609', '202610']) await tables.table(`${name}x${suffix}`).put(row('r'));
    await tables.table(`${name}y`).put(row('r'));
    expect(await tables.names(`${name}x`)).toEqual([`${name}x202609`, `${name}x202610`, `${name}x202611`]);
  });

  it.each([['ab'], ['1abc'], ['a-b-c'], ['Rows'], ['x'.repeat(64)]])('no table may be called %j', async (bad) => {
    fresh();
    expect(() => tables.table(bad)).toThrow(StorageError);
    await expect(tables.drop(bad)).rejects.toBeInstanceOf(StorageError);
  });
});
