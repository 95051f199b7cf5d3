import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';

/** What `npm run chaos -- ...` was asked for. */
export interface ChaosArguments {
  readonly seed: number;
  /** How long faults go on. */
  readonly minutes: number;
}

const known = 'npm run chaos knows --seed N (a whole number) and --minutes M (above 0, at most 600)';

/** Reads the command line. @throws Error if a flag is unknown or has no value that makes sense */
export function readArguments(args: readonly string[]): ChaosArguments {
  let values;
  try {
    ({ values } = parseArgs({ args: [...args], options: { seed: { type: 'string' }, minutes: { type: 'string' } } }));
  } catch (cause) {
    throw new Error(`The flags cannot be understood; ${known}.`, { cause });
  }
  const seed = values.seed === undefined ? randomInt(1_000_000) : Number(values.seed);
  const minutes = values.minutes === undefined ? 1 : Number(values.minutes);
  if (values.seed?.trim() === '' || !Number.isSafeInteger(seed)) throw new Error(`--seed is no number; ${known}.`);
  if (!(minutes > 0 && minutes <= 600)) throw new Error(`--minutes is no span; ${known}.`);
  return { seed, minutes };
}
