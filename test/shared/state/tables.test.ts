import { describe, expect, it } from 'vitest';
import { StorageError, type Table } from '../../../shared/state/table.ts';
import { describeTables, keys, read, row } from './tables-fixture.ts';

const conflict = { name: 'RowConflict' };

describeTables((fresh) => {
  describe('a table that does not exist', () => {
    it('reads as empty', async () => {
      const { name, table, tables } = fresh();
      expect(await table.get('p', 'r')).toBeUndefined();
      expect(await read(table)).toEqual([]);
      expect(await read(table, { partitionKey: 'p', rowKeyFrom: 'a', rowKeyBefore: 'b' })).toEqual([]);
      expect(await tables.names(name)).toEqual([]);
    });

    it('has nothing to replace or remove', async () => {
      const { name, table, tables } = fresh();
      await expect(table.replace(row('r'), 'W/"1"')).rejects.toMatchObject(conflict);
      await expect(table.remove('p', 'r', 'W/"1"')).rejects.toMatchObject(conflict);
      await table.remove('p', 'r');
      await tables.drop(name);
      expect(await tables.names(name)).toEqual([]);
    });

    it.each([
      ['insert', (table: Table): Promise<unknown> => table.insert(row('r', { n: 1 }))],
      ['put', (table: Table): Promise<unknown> => table.put(row('r', { n: 1 }))],
      ['transaction', (table: Table): Promise<unknown> => table.transact('p', [{ insert: row('r', { n: 1 }) }])],
    ])('is made by the first %s', async (_what, write) => {
      const { name, table, tables } = fresh();
      await write(table);
      expect((await table.get('p', 'r'))?.row).toEqual(row('r', { n: 1 }));
      expect(await tables.names(name)).toEqual([name]);
    });

    it('is made once by ten writers at once', async () => {
      const { name, sibling, table, tables } = fresh();
      await Promise.all(Array.from({ length: 10 }, (_, i) => sibling().insert(row(`r${i}`))));
      expect(await read(table)).toHaveLength(10);
      expect(await tables.names(name)).toEqual([name]);
    });

    it('a transaction of changes alone is a conflict', async () => {
      const { table } = fresh();
      await expect(table.transact('p', [{ replace: row('r'), etag: 'W/"1"' }])).rejects.toMatchObject(conflict);
    });
  });

  it('a query goes on past a thousand rows, in order, and ends when its reader does', async () => {
    const { table } = fresh();
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
    const { name, table, tables } = fresh();
    await table.insert(row('r'));
    await tables.drop(name);
    await tables.drop(name);
    expect(await table.get('p', 'r')).toBeUndefined();
    expect(await tables.names(name)).toEqual([]);
    await table.insert(row('s'));
    expect(await keys(table)).toEqual(['p/s']);
  });

  it('names are listed by prefix, in order', async () => {
    const { name, tables } = fresh();
    for (const suffix of ['202611', '202609', '202610']) await tables.table(`${name}x${suffix}`).put(row('r'));
    await tables.table(`${name}y`).put(row('r'));
    expect(await tables.names(`${name}x`)).toEqual([`${name}x202609`, `${name}x202610`, `${name}x202611`]);
  });

  it.each([['ab'], ['1abc'], ['a-b-c'], ['Rows'], ['x'.repeat(64)]])('no table may be called %j', async (bad) => {
    const { tables } = fresh();
    expect(() => tables.table(bad)).toThrow(StorageError);
    await expect(tables.drop(bad)).rejects.toBeInstanceOf(StorageError);
  });
});
