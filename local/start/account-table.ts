import { totalOf } from './account.ts';
import type { AccountRow } from './account.ts';

const heading = [
  ['', ''],
  ['', ''],
  ['contents', 'offered'],
  ['', 'delivered'],
  ['', 'parked'],
  ['', 'lost'],
  ['', 'unaccounted'],
  ['records', 'offered'],
  ['', 'delivered'],
  ['', 'duplicates'],
  ['', 'parked'],
  ['', 'unaccounted'],
] as const;

/** The account as lines of text: one per feed, and the total. What is still queued counts as unaccounted here. */
export function printAccount(rows: readonly AccountRow[]): string[] {
  const body = [...rows, totalOf(rows)].map(({ customer, contentType, contents, records }) => [
    customer,
    contentType,
    ...[contents.offered, contents.delivered, contents.parked, contents.lost, contents.unaccounted + contents.queued],
    ...[records.offered, records.delivered, records.duplicates, records.parked, records.unaccounted],
  ]);
  const lines = [heading.map(([group]) => group), heading.map(([, name]) => name), ...body].map((line) =>
    line.map((cell) => (typeof cell === 'number' ? cell.toLocaleString('en-US') : cell)),
  );
  const widths = heading.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines.map((line) =>
    line
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
