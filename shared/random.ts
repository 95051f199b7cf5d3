import { randomBytes } from 'node:crypto';

/** Where chance comes from: secrets, marks and jitter. */
export interface Random {
  /** `count` unpredictable bytes as base64url text. */
  token(count: number): string;
  /** A number from 0 up to, but not including, 1. */
  fraction(): number;
}

export const systemRandom: Random = {
  token: (count) => randomBytes(count).toString('base64url'),
  fraction: () => Math.random(),
};
