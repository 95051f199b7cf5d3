import { createHash } from 'node:crypto';

import type { Hour } from '../activity-api/hours.ts';

/** 32-bit words of an Id's 16 bytes. */
export const idWords = 4;

/** An Id in 16 bytes, as words; the fifth is of the content that it was taken from. */
export type IdWords = Uint32Array;

const utcTime = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):\d\d:\d\d(?:\.\d+)?Z?$/;

/**
 * The hour of a `CreationTime`, which is UTC without a zone; fractions and a `Z` change nothing. `undefined` for what
 * cannot be read so: such a record is never dropped, since nobody can say where its twin would have been noted.
 */
export const hourOfCreation = (creationTime: string): Hour | undefined =>
  utcTime.test(creationTime) ? creationTime.slice(0, 13) : undefined;

const notHex = 255;
const hexValues = new Uint8Array(128).fill(notHex);
for (let value = 0; value < 16; value += 1) {
  const digit = value.toString(16);
  hexValues[digit.charCodeAt(0)] = value;
  hexValues[digit.toUpperCase().charCodeAt(0)] = value;
}

const guidLength = 36;
const isDash = (at: number): boolean => at === 8 || at === 13 || at === 18 || at === 23;

/** @returns whether the text is a GUID; if not, the words are of no use */
function writeGuid(text: string, words: IdWords): boolean {
  if (text.length !== guidLength) return false;
  let word = 0;
  let digits = 0;
  for (let at = 0; at < guidLength; at += 1) {
    const code = text.charCodeAt(at);
    if (isDash(at)) {
      if (code !== 0x2d) return false;
      continue;
    }
    const value = hexValues[code] ?? notHex;
    if (value === notHex) return false;
    word = (word << 4) | value;
    digits += 1;
    if ((digits & 7) === 0) words[(digits >> 3) - 1] = word;
  }
  return true;
}

/**
 * Writes an Id's words: a GUID's own bytes, else the first 16 of SHA-256 of its UTF-16 (half characters would all be the
 * same in UTF-8).
 * @returns the Id as a key for maps: the same text for the same words
 */
export function writeId(id: string, words: IdWords): string {
  if (writeGuid(id, words)) return id.toLowerCase();
  const hash = createHash('sha256').update(id, 'utf16le').digest();
  for (let word = 0; word < idWords; word += 1) words[word] = hash.readUInt32BE(4 * word);
  return id;
}

/** Tells contents apart that had the same record; never 0, which marks a free place in the table of Ids. */
export const contentMark = (contentId: string): number =>
  createHash('sha256').update(contentId, 'utf16le').digest().readUInt32BE() || 1;
