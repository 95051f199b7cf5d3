import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { StartError } from './start-error.ts';
import type { Random } from '../../shared/random.ts';

const schema = z.object({ clientId: z.guid(), tenantId: z.guid(), clientSecret: z.string().min(1) });

/** The made-up registration that the app has at the simulator. */
export type MadeUpIdentity = z.infer<typeof schema>;

/**
 * Reads the registration that an earlier start made up, or makes one up and keeps it: consent given to one registration
 * is none for the next.
 * @throws StartError if the file is not what was written
 */
export async function keepIdentity(path: string, random: Random): Promise<MadeUpIdentity> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    const identity = { clientId: guid(random), tenantId: guid(random), clientSecret: random.token(24) };
    await writeFile(path, JSON.stringify(identity), { mode: 0o600 });
    return identity;
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new StartError(`${path} is damaged; remove it, or start with --fresh.`, { cause: error });
  }
}

function guid(random: Random): string {
  const bytes = Buffer.from(random.token(16), 'base64url');
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
