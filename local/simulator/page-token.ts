import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type { Cursor } from './contents.ts';

/** Where the next page begins. */
export interface PageStart {
  readonly cursor: Cursor;
  /** The page before it was an empty one, sent on purpose. */
  readonly afterEmpty: boolean;
}

const shape = z.tuple([z.number(), z.number(), z.boolean(), z.string()]);

const sealOf = (key: Buffer, listing: string, parts: unknown): string =>
  createHmac('sha256', key)
    .update(`${listing} ${JSON.stringify(parts)}`)
    .digest('base64url')
    .slice(0, 16);

/** @param listing names tenant, type and window: a token is no good for another listing */
export function writePageToken(key: Buffer, listing: string, start: PageStart): string {
  const parts = [start.cursor.created, start.cursor.place, start.afterEmpty];
  return Buffer.from(JSON.stringify([...parts, sealOf(key, listing, parts)])).toString('base64url');
}

/** `undefined` for a token that this simulator did not make for that listing. */
export function readPageToken(key: Buffer, listing: string, token: string): PageStart | undefined {
  try {
    const [created, place, afterEmpty, seal] = shape.parse(JSON.parse(Buffer.from(token, 'base64url').toString()));
    if (seal !== sealOf(key, listing, [created, place, afterEmpty])) return undefined;
    return { cursor: { created, place }, afterEmpty };
  } catch {
    return undefined;
  }
}
