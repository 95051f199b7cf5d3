/** One measured figure beside its yardstick from the same run. */
export interface BenchRow {
  readonly figure: string;
  readonly value: string;
  readonly yardstick: string;
  /** Value to yardstick; above 1 the figure is larger. */
  readonly ratio: number;
}

/** Prints figures in aligned columns. */
export function printTable(rows: readonly BenchRow[]): void {
  const lines = [
    ['figure', 'value', 'yardstick', 'ratio'],
    ...rows.map((row) => [row.figure, row.value, row.yardstick, row.ratio.toFixed(2)]),
  ];
  const widthOf = (column: number) => Math.max(...lines.map((line) => line[column]?.length ?? 0));
  for (const line of lines) {
    console.log(
      line
        .map((cell, column) => cell.padEnd(widthOf(column)))
        .join('  ')
        .trimEnd(),
    );
  }
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
