import { RowConflict } from './table.ts';

/** For writes that another writer may make unnecessary: `.catch(unlessConflict)`. @throws anything but a RowConflict */
export function unlessConflict(error: unknown): void {
  if (!(error instanceof RowConflict)) throw error;
}
