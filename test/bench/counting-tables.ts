import type { Row, Table, Tables } from '../../shared/state/table.ts';

/** What was asked of tables, and the bytes of it that went over the wire and back, as Table Storage prints them. */
export interface Asked {
  reads: number;
  writes: number;
  bytesRead: number;
  bytesWritten: number;
}

/** Bytes are base64 in JSON, a third more. */
const sizeOf = (row: Row): number =>
  Object.entries(row).reduce(
    (sum, [name, value]) =>
      sum + name.length + 6 + (value instanceof Uint8Array ? Math.ceil(value.length / 3) * 4 : String(value).length),
    0,
  );

/** Tables that count what they are asked by the beginning of their names. A query is one read for each page it takes. */
export function countTables(inner: Tables, asked: Asked): Tables {
  const count = (table: Table): Table => ({
    ...table,
    put(row) {
      asked.writes += 1;
      asked.bytesWritten += sizeOf(row);
      return table.put(row);
    },
    async *query(query) {
      asked.reads += 1;
      let pageBytes = 0;
      for await (const stored of table.query(query)) {
        const bytes = sizeOf(stored.row);
        // Table Storage ends a page at 4 MB.
        if ((pageBytes += bytes) > 4 * 1024 * 1024) {
          asked.reads += 1;
          pageBytes = bytes;
        }
        asked.bytesRead += bytes;
        yield stored;
      }
    },
  });
  return { ...inner, table: (name) => count(inner.table(name)) };
}
