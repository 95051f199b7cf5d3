import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../../clock.ts';
import type { Random } from '../../random.ts';
import type { DestinationSettings } from '../../settings.ts';
import { bodyHash } from '../body-hash.ts';
import { deliveryPath } from '../delivery-path.ts';
import { taken } from '../destination.ts';
import type { Destination } from '../destination.ts';
import { fileError } from '../file-error.ts';
import { rawLines } from '../raw-lines.ts';

/** Longer than a file takes to write, however slow the disk: an older leftover has lost its writer. Milliseconds. */
const leftoverAgeMs = 600_000;
const rememberedFolders = 1000;

export interface FileDestinationDeps {
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Writes each delivery as one file whose name is the hash of what it holds. It is written under another name, flushed to
 * the disk and renamed, so that a file with its final name is always whole.
 */
export function createFileDestination(
  settings: Extract<DestinationSettings, { type: 'file' }>,
  deps: FileDestinationDeps,
): Destination {
  const { name } = settings;
  const { clock, random } = deps;
  const root = path.resolve(settings.path);
  const sweptAt = new Map<string, number>();

  /** Removes what killed writers left, when a folder is met and not more often than a leftover can appear. */
  const sweep = async (folder: string): Promise<void> => {
    const now = clock.now();
    const last = sweptAt.get(folder);
    if (last !== undefined && now - last < leftoverAgeMs) return;
    sweptAt.delete(folder);
    sweptAt.set(folder, now);
    const oldest = sweptAt.keys().next().value;
    if (sweptAt.size > rememberedFolders && oldest !== undefined) sweptAt.delete(oldest);
    for (const entry of await readdir(folder)) {
      if (!entry.startsWith('.') || !entry.endsWith('.tmp')) continue;
      const leftover = path.join(folder, entry);
      const age = now - (await stat(leftover)).mtimeMs;
      if (age > leftoverAgeMs) await rm(leftover, { force: true });
    }
  };

  return {
    name,
    type: 'file',
    async deliver(delivery, signal) {
      signal.throwIfAborted();
      if (delivery.records.length === 0) return [];
      const { tenantId, contentType, year, month, day } = deliveryPath(delivery, name);
      const folder = path.join(root, tenantId, contentType, `${year}-${month}-${day}`);
      const lines = rawLines(delivery.records);
      const batch = bodyHash(lines);
      try {
        await makeFolder(folder);
        // A folder that cannot be tidied can still be written to, and another process may tidy it at the same time.
        await sweep(folder).catch(() => undefined);
        const final = path.join(folder, `${batch}.ndjson`);
        if (!(await exists(final))) {
          await writeAside(path.join(folder, `.${batch}.${random.token(9)}.tmp`), final, lines, signal);
        }
        await flushFolder(folder);
      } catch (error) {
        signal.throwIfAborted();
        throw fileError(name, error);
      }
      return delivery.records.map(() => taken);
    },
  };
}

async function writeAside(aside: string, final: string, bytes: Buffer, signal: AbortSignal): Promise<void> {
  const file = await open(aside, 'wx');
  try {
    try {
      await file.writeFile(bytes, { signal });
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(aside, final);
  } catch (error) {
    await rm(aside, { force: true }).catch(() => undefined);
    throw error;
  }
}

const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    (error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
      throw error;
    },
  );

/** A new folder outlives a power cut only if the one above it has been flushed too. */
async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  for (let at = folder; at.length >= first.length; at = path.dirname(at)) await flushFolder(path.dirname(at));
}

/** Makes names in a folder survive a power cut. Windows cannot open a folder, and needs no such thing. */
async function flushFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
