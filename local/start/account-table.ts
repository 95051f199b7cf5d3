import { totalOf } from './account.ts';
import type { AccountRow } from './account.ts';

const contentsHeading = [
  ['', ''],
  ['', ''],
  ['contents', 'offered'],
  ['', 'delivered'],
  ['', 'parked'],
  ['', 'lost'],
  ['', 'unaccounted'],
] as const;

const recordsHeading = [
  ['records', 'offered'],
  ['', 'delivered'],
  ['', 'duplicates'],
  ['', 'parked'],
  ['', 'unaccounted'],
] as const;

/**
 * The account as lines of text: one per feed, and the total. What is still queued counts as unaccounted here.
 * @param parts `contents` leaves the records out: with several destinations one record may be delivered and parked
 */
export function printAccount(rows: readonly AccountRow[], parts: 'all' | 'contents' = 'all'): string[] {
  const heading = parts === 'all' ? [...contentsHeading, ...recordsHeading] : contentsHeading;
  const body = [...rows, totalOf(rows)].map(({ customer, contentType, contents, records }) => [
    customer,
    contentType,
    ...[contents.offered, contents.delivered, contents.parked, contents.lost, contents.unaccounted + contents.queued],
    ...(parts === 'all'
      ? [records.offered, records.delivered, records.duplicates, records.parked, records.unaccounted]
      : []),
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
