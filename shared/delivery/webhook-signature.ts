import { createHmac } from 'node:crypto';

const prefix = 'whsec_';
const base64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** The key in a Standard Webhooks secret (`whsec_` and base64); `undefined` if it is not written like that. */
export function webhookKey(secret: string): Buffer | undefined {
  const encoded = secret.slice(prefix.length);
  return secret.startsWith(prefix) && base64.test(encoded) ? Buffer.from(encoded, 'base64') : undefined;
}

export interface SignedMessage {
  /** Identity of the message, the same when it is sent again; must not hold a dot. */
  readonly id: string;
  /** Whole seconds since the epoch. */
  readonly timestamp: number;
  /** Exactly what is sent. */
  readonly body: Uint8Array;
}

/**
 * The value of `webhook-signature` (Standard Webhooks 1.0): `v1,` and the base64 HMAC-SHA256 of `id.timestamp.body`,
 * one for each key with a space between, so that a receiver may know the old secret or the new one.
 */
export const webhookSignature = ({ id, timestamp, body }: SignedMessage, keys: readonly Uint8Array[]): string =>
  keys
    .map((key) => `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`)
    .join(' ');
