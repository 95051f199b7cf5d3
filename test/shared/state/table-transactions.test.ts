import { describe, expect, it } from 'vitest';
import { RowConflict, transactionLimit, type RowOperation } from '../../../shared/state/table.ts';
import { describeTables, keys, read, row } from './tables-fixture.ts';

describeTables((fresh) => {
  describe('a transaction', () => {
    it('does all its steps and returns their versions in order', async () => {
      const { table } = fresh();
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
      const { name, table, tables } = fresh();
      expect(await table.transact('p', [])).toEqual([]);
      expect(await tables.names(name)).toEqual([]);
    });

    it('takes a hundred steps and no more', async () => {
      const { table } = fresh();
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
      const { table } = fresh();
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
      const { table } = fresh();
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
      const { table } = fresh();
      await expect(table.transact('p', [{ insert: row('r') }, { put: row('r') }])).rejects.toThrow(/occurs twice/);
      await expect(table.transact('q', [{ insert: row('r') }])).rejects.toThrow(/span partitions/);
      expect(await read(table)).toEqual([]);
    });

    it('one of many that insert the same row wins, the others leave nothing', async () => {
      const { table } = fresh();
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
});
