import { createHmac, timingSafeEqual } from 'node:crypto';

import type { Cookie } from '@azure/functions';

import { sha256 } from '../hash.ts';
import { hostCookie, readCookie } from '../http/cookies.ts';
import type { Random } from '../random.ts';
import type { StatePurpose } from '../state/consents.ts';

/**
 * Ties a walk through pages of Microsoft to the browser that pressed our button. The cookie holds the state and a secret
 * of its own, so that a refreshed page finds both; the tables hold only hashes.
 */
export interface BrowserSecret {
  readonly state: string;
  readonly secret: string;
}

/** How long the browser keeps it, seconds: a state lives for 15 minutes, the closing page somewhat longer. */
export const browserSecretSeconds = 3600;

/**
 * The cookie of each purpose, and of the closing page, which another tab that begins anew must not take away. Nothing that
 * consent hands out can serve the console.
 */
const cookieNames = {
  consent: '__Host-consent',
  proof: '__Host-consent',
  done: '__Host-consented',
  console: '__Host-sign-in',
} as const satisfies Record<CookieUse, string>;

type CookieUse = StatePurpose | 'done';

/** @param before the browser's earlier secret, if it has one: tabs that are open side by side share it */
export const createBrowserSecret = (random: Random, before?: BrowserSecret): BrowserSecret => ({
  state: random.token(32),
  secret: before?.secret ?? random.token(32),
});

/** PKCE's verifier. It is derived from the browser's secret, so that nobody who reads the tables knows it. */
export const verifierOf = (browser: BrowserSecret): string => derived(browser, 'verifier');

/** What Microsoft puts into the signed ID token, derived like the verifier. */
export const nonceOf = (browser: BrowserSecret): string => derived(browser, 'nonce');

const derived = ({ state, secret }: BrowserSecret, what: string): string =>
  createHmac('sha256', secret).update(`${what} ${state}`).digest('base64url');

/** The cookie to send out. */
export const browserCookie = (use: CookieUse, { state, secret }: BrowserSecret): Cookie =>
  hostCookie(cookieNames[use], `${state}.${secret}`, browserSecretSeconds);

/** @param header the `cookie` header of a request */
export function readBrowserSecret(use: CookieUse, header: string | null): BrowserSecret | undefined {
  const [, state, secret] = /^([\w-]{43})\.([\w-]{43})$/.exec(readCookie(header, cookieNames[use]) ?? '') ?? [];
  return state && secret ? { state, secret } : undefined;
}

/** Compares a secret with the stored hash in constant time. */
export const isSecretOf = (secret: string, hash: string): boolean => {
  const [a, b] = [Buffer.from(sha256(secret)), Buffer.from(hash)];
  return a.length === b.length && timingSafeEqual(a, b);
};
