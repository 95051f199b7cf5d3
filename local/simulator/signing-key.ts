import { createSign, generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

interface Pair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

const keyId = 'simulator';
let made: Pair | undefined;
/** Made when it is first needed: it takes a tenth of a second. */
const pair = (): Pair => (made ??= generateKeyPairSync('rsa', { modulusLength: 2048 }));

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** The claims as a token that is signed with a key of this process. */
export function signToken(claims: Readonly<Record<string, unknown>>): string {
  const text = `${encode({ typ: 'JWT', alg: 'RS256', kid: keyId })}.${encode(claims)}`;
  return `${text}.${createSign('RSA-SHA256').update(text).sign(pair().privateKey, 'base64url')}`;
}

/** The public key, as the keys route publishes it. */
export const publishedKey = (): unknown => ({
  ...pair().publicKey.export({ format: 'jwk' }),
  use: 'sig',
  kid: keyId,
  alg: 'RS256',
});
