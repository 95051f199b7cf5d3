import { randomBytes } from 'node:crypto';
import type { Member } from './people.ts';

/** What a code stands for. */
export interface CodeGrant {
  readonly person: Member;
  readonly clientId: string;
  /** As the request named it. */
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly nonce: string;
  /** SHA-256 of the verifier, base64url. */
  readonly challenge: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

/** Codes of people who signed in. */
export interface Codes {
  /** @returns the code */
  issue(grant: CodeGrant): string;
  /** What the code stands for, once: it is used up whatever comes of it. */
  take(code: string): CodeGrant | 'used' | undefined;
}

/** One that is not redeemed is kept until many others came, so that it can be called expired. */
const mostCodes = 1000;

export function createCodes(): Codes {
  const codes = new Map<string, CodeGrant | 'used'>();
  return {
    issue(grant) {
      const code = `1.${randomBytes(48).toString('base64url')}`;
      codes.set(code, grant);
      for (const oldest of codes.keys()) if (codes.size > mostCodes) codes.delete(oldest);
      return code;
    },
    take(code) {
      const found = codes.get(code);
      if (found !== undefined) codes.set(code, 'used');
      return found;
    },
  };
}
