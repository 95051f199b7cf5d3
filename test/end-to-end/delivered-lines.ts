import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The files below a folder of the `file` destination: path in the folder, and bytes. */
export async function deliveredFiles(folder: string): Promise<Map<string, Buffer>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    await Promise.all(paths.sort().map(async (path) => [path.slice(folder.length + 1), await readFile(path)] as const)),
  );
}

/** All lines below a folder, sorted. One character stands for one byte, so that comparing them compares bytes. */
export async function deliveredLines(folder: string): Promise<string[]> {
  const files = await deliveredFiles(folder);
  return [...files]
    .flatMap(([path, bytes]) => {
      if (!path.endsWith('.ndjson')) throw new Error(`${path} is no delivery.`);
      return linesOf(bytes);
    })
    .sort();
}

/** The lines of NDJSON, one character for each byte. */
export function linesOf(bytes: Buffer): string[] {
  const lines = bytes.toString('latin1').split('\n');
  if (lines.pop() !== '') throw new Error('The last line has no end.');
  return lines;
}

/** Text as `deliveredLines` gives it. */
export const asBytes = (text: string): string => Buffer.from(text).toString('latin1');
