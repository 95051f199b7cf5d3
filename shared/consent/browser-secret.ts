import { timingSafeEqual } from 'node:crypto';

import { sha256 } from '../hash.ts';

/**
 * Ties a state to the browser that pressed our button. The cookie holds the state and a secret of its own, so that a
 * refreshed page finds both; the tables hold only hashes.
 */
export interface BrowserSecret {
  readonly state: string;
  readonly secret: string;
}

/** How long the browser keeps it, seconds: the state lives for 15 minutes, the closing page somewhat longer. */
export const browserSecretSeconds = 3600;

/** `__Host-` binds the cookie to exactly this host and to https; browsers take http://localhost for as good. */
export const cookieName = '__Host-consent';

export const printBrowserSecret = ({ state, secret }: BrowserSecret): string => `${state}.${secret}`;

/** @param header the `cookie` header of a request */
export function readBrowserSecret(header: string | null): BrowserSecret | undefined {
  const prefix = `${cookieName}=`;
  const cookie = (header ?? '')
    .split(';')
    .map((part) => part.trim())
    .find((part) => part.startsWith(prefix));
  const [state, secret, ...more] = cookie?.slice(prefix.length).split('.') ?? [];
  return state && secret && more.length === 0 ? { state, secret } : undefined;
}

/** Compares a secret with the stored hash in constant time. */
export const isSecretOf = (secret: string, hash: string): boolean => {
  const [a, b] = [Buffer.from(sha256(secret)), Buffer.from(hash)];
  return a.length === b.length && timingSafeEqual(a, b);
};
