import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';

/** 1 January 1980, the first day of a zip: the same files make the same bytes, whenever they are zipped. */
const firstDay = 0x0021;
const utf8Names = 0x0800;
const deflated = 8;
/** Needed to unpack: version 2.0. Made by: the same, on Unix, which is what gives files their permissions. */
const version = 20;
const madeOnUnix = (3 << 8) | version;
const readableFile = 0o100644;

interface Entry {
  readonly name: string;
  readonly bytes: number;
}

/**
 * Zips a folder.
 * @returns what is in it, sizes before compression
 */
export async function zipFolder(folder: string, path: string): Promise<Entry[]> {
  const all = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = all.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name).slice(folder.length + 1));
  const entries: Entry[] = [];
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const name of names.toSorted()) {
    const content = await readFile(join(folder, name));
    const packed = deflateRawSync(content, { level: 9 });
    const text = Buffer.from(name);
    const common = commonHeader(content, packed, text);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, text, packed]);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02'), uint16(madeOnUnix), common, tail(offset), text]));
    parts.push(local);
    offset += local.length;
    entries.push({ name, bytes: content.length });
  }
  const index = Buffer.concat(directory);
  const end = Buffer.concat([
    Buffer.from('PK\x05\x06'),
    uint16(0, 0, entries.length, entries.length),
    uint32(index.length, offset),
    uint16(0),
  ]);
  await writeFile(path, Buffer.concat([...parts, index, end]));
  return entries;
}

const commonHeader = (content: Buffer, packed: Buffer, name: Buffer): Buffer =>
  Buffer.concat([
    uint16(version, utf8Names, deflated, 0, firstDay),
    uint32(crc32(content), packed.length, content.length),
    uint16(name.length, 0),
  ]);

/** What only the directory says of a file: no comment, first disk, no text, its permissions, where it begins. */
const tail = (offset: number): Buffer => Buffer.concat([uint16(0, 0, 0), uint32(readableFile * 0x10000, offset)]);

const uint16 = (...numbers: number[]): Buffer => {
  const buffer = Buffer.alloc(numbers.length * 2);
  for (const [index, number] of numbers.entries()) buffer.writeUInt16LE(number, index * 2);
  return buffer;
};

const uint32 = (...numbers: number[]): Buffer => {
  const buffer = Buffer.alloc(numbers.length * 4);
  for (const [index, number] of numbers.entries()) buffer.writeUInt32LE(number, index * 4);
  return buffer;
};
