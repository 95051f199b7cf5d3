import type { Row } from './table.ts';

/**
 * Reads columns of rows that this app wrote. Times are kept as ISO 8601 text, so that a person can read a table, and
 * are milliseconds since the epoch in the code.
 */
export const text = (row: Row, column: string): string => {
  const value = row[column];
  return typeof value === 'string' ? value : '';
};

export const optionalText = (row: Row, column: string): string | undefined => {
  const value = row[column];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

export const number = (row: Row, column: string): number => {
  const value = row[column];
  return typeof value === 'number' ? value : 0;
};

export const flag = (row: Row, column: string): boolean => row[column] === true;

/** Bytes of a column; none if it is absent. */
export const bytes = (row: Row, column: string): Uint8Array => {
  const value = row[column];
  return value instanceof Uint8Array ? value : new Uint8Array();
};

export const optionalTime = (row: Row, column: string): number | undefined => {
  const value = optionalText(row, column);
  return value === undefined ? undefined : Date.parse(value);
};

export const time = (row: Row, column: string): number => optionalTime(row, column) ?? 0;

export const list = (row: Row, column: string): string[] =>
  text(row, column)
    .split(',')
    .filter((item) => item !== '');

/** A time as a column holds it; `undefined` stays absent. */
export const isoTime = <T extends number | undefined>(at: T): T extends number ? string : string | undefined =>
  (at === undefined ? undefined : new Date(at).toISOString()) as T extends number ? string : string | undefined;
