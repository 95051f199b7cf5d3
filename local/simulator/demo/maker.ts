import type { Chance } from '../seeded.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** What a maker of records of one content type is given. */
export interface Maker {
  readonly chance: Chance;
  readonly tenantId: string;
  readonly domain: string;
  readonly user: string;
}

/** Numbers that JavaScript cannot hold are written as text with a mark, and the mark taken off the printed JSON. */
export const bigNumber = (digits: string): string => `@number:${digits}@`;

/** Takes the marks off numbers in printed JSON. */
export const withBigNumbers = (json: string): string => json.replaceAll(/"@number:(-?\d+)@"/g, '$1');
