import { describe, expect, it } from 'vitest';
import { type ColumnValue, RowConflict, StorageError, type Row } from '../../../shared/state/table.ts';
import { describeTables, keys, read, row } from './tables-fixture.ts';

const failure = { name: 'StorageError' };

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

describeTables((fresh) => {
  describe('columns', () => {
    it('come back as they were written', async () => {
      const { table } = fresh();
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
        bytes: Uint8Array.from({ length: 256 }, (_, i) => i),
        noBytes: new Uint8Array(),
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
      const { table } = fresh();
      const etag = await table.insert(row('r', { a: 1, b: 'x', c: undefined }));
      expect(Object.keys((await table.get('p', 'r'))?.row ?? {}).sort()).toEqual(['a', 'b', 'partitionKey', 'rowKey']);
      await table.replace(row('r', { b: 'y' }), etag);
      expect((await table.get('p', 'r'))?.row).toStrictEqual(row('r', { b: 'y' }));
      await table.put(row('r', { d: true }));
      expect((await table.get('p', 'r'))?.row).toStrictEqual(row('r', { d: true }));
    });

    it('hold up to 32,768 characters', async () => {
      const { table } = fresh();
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

    it('hold up to 65,536 bytes', async () => {
      const { table } = fresh();
      const full = Uint8Array.from({ length: 65_536 }, (_, i) => (i * 7) & 255);
      const same = (found: unknown): boolean => Buffer.compare(found as Uint8Array, full) === 0;
      await table.put(row('r', { bytes: full }));
      await table.transact('p', [{ put: row('s', { bytes: full }) }]);
      for (const rowKey of ['r', 's']) expect(same((await table.get('p', rowKey))?.row['bytes'])).toBe(true);
      const over = row('r', { bytes: new Uint8Array(65_537) });
      await expect(table.put(over)).rejects.toThrow(/bytes is over the 64 KiB/);
    });

    it('hold the bytes of a view, not those beside it', async () => {
      const { table } = fresh();
      const view = Uint8Array.of(1, 2, 3, 4).subarray(1, 3);
      await table.put(row('r', { bytes: view }));
      await table.transact('p', [{ put: row('s', { bytes: view }) }]);
      for (const { row: found } of await read(table)) expect(found['bytes']).toEqual(Uint8Array.of(2, 3));
    });

    it('hold up to a mebibyte together', async () => {
      const { table } = fresh();
      const columns = (count: number) =>
        Object.fromEntries(Array.from({ length: count }, (_, i) => [`bytes${i}`, new Uint8Array(65_536)]));
      // The emulator counts base64, which is a third more.
      await table.put(row('r', columns(11)));
      expect(Object.keys((await table.get('p', 'r'))?.row ?? {})).toHaveLength(13);
      await expect(table.put(row('r', columns(16)))).rejects.toThrow(/over the 1 MiB/);
    });

    it.each([
      ['a number that is none', { n: Number.NaN }, /finite/],
      ['an infinite number', { n: Infinity }, /finite/],
      ['half a character', { s: '\ud83d' }, /well-formed/],
      ['a name with a dash', { 'a-b': 1 }, /column name "a-b"/],
      ["the service's own name", { timestamp: 1 }, /column name "timestamp"/],
    ])('refuse %s', async (_what, columns: Record<string, string | number>, message) => {
      const { table } = fresh();
      await expect(table.insert(row('r', columns))).rejects.toThrow(message);
      await expect(table.transact('p', [{ put: row('r', columns) }])).rejects.toBeInstanceOf(StorageError);
    });

    it('are copies', async () => {
      const { table } = fresh();
      const bytes = Uint8Array.of(1);
      const mine: Record<string, ColumnValue> & Row = { partitionKey: 'p', rowKey: 'r', n: 1, bytes };
      await table.insert(mine);
      mine['n'] = 2;
      bytes[0] = 2;
      const first = await table.get('p', 'r');
      expect(first?.row['n']).toBe(1);
      expect([...((first?.row['bytes'] ?? []) as Uint8Array)]).toEqual([1]);
      Object.assign(first?.row ?? {}, { n: 3 });
      (first?.row['bytes'] as Uint8Array)[0] = 3;
      expect([...((await table.get('p', 'r'))?.row['bytes'] as Uint8Array)]).toEqual([1]);
      expect((await table.get('p', 'r'))?.row['n']).toBe(1);
    });
  });

  describe('keys', () => {
    it.each(oddKeys.map((key) => [key]))('may be %j', async (key) => {
      const { table } = fresh();
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
      const { table } = fresh();
      await expect(table.insert(row(key))).rejects.toMatchObject(failure);
      await expect(table.put({ partitionKey: key, rowKey: 'r' })).rejects.toMatchObject(failure);
      await expect(table.replace(row(key), 'W/"1"')).rejects.toMatchObject(failure);
      await expect(table.get('p', key)).rejects.toMatchObject(failure);
      await expect(table.remove(key, 'r')).rejects.toMatchObject(failure);
      await expect(table.transact('p', [{ remove: { rowKey: key }, etag: '*' }])).rejects.toMatchObject(failure);
      await expect(table.transact(key, [])).rejects.toMatchObject(failure);
    });

    it('are ordered by UTF-16 code unit', async () => {
      const { table } = fresh();
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
      const { table } = fresh();
      for (const partitionKey of ['p', 'q']) {
        const operations = ['a', 'b', 'c', 'd'].map((rowKey) => ({ insert: { partitionKey, rowKey } }));
        await table.transact(partitionKey, operations);
      }
      expect(await keys(table, { partitionKey: 'p', rowKeyFrom: 'b', rowKeyBefore: 'd' })).toEqual(['p/b', 'p/c']);
      expect(await keys(table, { rowKeyFrom: 'c' })).toEqual(['p/c', 'p/d', 'q/c', 'q/d']);
      expect(await keys(table, { rowKeyBefore: 'b' })).toEqual(['p/a', 'q/a']);
    });
  });

  it('a query for keys alone brings no columns', async () => {
    const { table } = fresh();
    const etags = [];
    for (const rowKey of ['a', 'b', 'c'])
      etags.push(await table.insert(row(rowKey, { n: 1, bytes: Uint8Array.of(1) })));
    expect(await read(table, { partitionKey: 'p', rowKeyFrom: 'b', keysOnly: true })).toStrictEqual([
      { row: row('b'), etag: etags[1] },
      { row: row('c'), etag: etags[2] },
    ]);
  });

  describe('versions', () => {
    it('are returned by every write and by every read', async () => {
      const { table } = fresh();
      const inserted = await table.insert(row('r', { n: 1 }));
      expect((await table.get('p', 'r'))?.etag).toBe(inserted);
      const replaced = await table.replace(row('r', { n: 2 }), inserted);
      const put = await table.put(row('r', { n: 2 }));
      expect(new Set([inserted, replaced, put]).size).toBe(3);
      expect((await read(table))[0]?.etag).toBe(put);
    });

    it('stop a writer who comes second', async () => {
      const { table } = fresh();
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
      const { table } = fresh();
      await table.insert(row('r'));
      await table.remove('p', 'r');
      expect(await table.get('p', 'r')).toBeUndefined();
    });

    it('let exactly one of many inserts and one of many replaces win', async () => {
      const { table } = fresh();
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
});
