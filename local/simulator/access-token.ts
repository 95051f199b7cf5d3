import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { guidFrom } from './guid.ts';

/** What the Activity API looks at in a token. */
export interface AccessToken {
  readonly tenantId: string;
  readonly clientId: string;
  readonly audience: string;
  readonly roles: readonly string[];
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

const claims = z.object({
  tid: z.string(),
  appid: z.string(),
  aud: z.string(),
  roles: z.array(z.string()).optional(),
  exp: z.number(),
});

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const sign = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/**
 * An app-only token with the claims of a v1 token, signed with the simulator's own key.
 * @param secretUsed whether the application proved itself by a secret or by an assertion
 */
export function issueToken(key: Buffer, token: AccessToken, issued: number, secretUsed: boolean): string {
  const principal = guidFrom(`principal ${token.tenantId} ${token.clientId}`);
  const issuer = `https://sts.windows.net/${token.tenantId}/`;
  const seconds = Math.floor(issued / 1000);
  const payload = {
    aud: token.audience,
    iss: issuer,
    iat: seconds,
    nbf: seconds,
    exp: Math.floor(token.expires / 1000),
    appid: token.clientId,
    appidacr: secretUsed ? '1' : '2',
    idp: issuer,
    oid: principal,
    ...(token.roles.length > 0 ? { roles: token.roles } : {}),
    sub: principal,
    tid: token.tenantId,
    ver: '1.0',
  };
  const text = `${encode({ typ: 'JWT', alg: 'HS256' })}.${encode(payload)}`;
  return `${text}.${sign(key, text).toString('base64url')}`;
}

/** A token that this simulator issued and that has not expired. */
export function readToken(key: Buffer, text: string, now: number): AccessToken | undefined {
  const [header = '', payload = '', signature = ''] = text.split('.');
  const given = Buffer.from(signature, 'base64url');
  const expected = sign(key, `${header}.${payload}`);
  if (given.byteLength !== expected.byteLength || !timingSafeEqual(given, expected)) return undefined;
  const { tid, appid, aud, roles, exp } = claims.parse(JSON.parse(Buffer.from(payload, 'base64url').toString()));
  if (exp * 1000 <= now) return undefined;
  return { tenantId: tid, clientId: appid, audience: aud, roles: roles ?? [], expires: exp * 1000 };
}
