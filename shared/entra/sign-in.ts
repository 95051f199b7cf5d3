import type { TenantAddress } from './clouds.ts';

/** Where to send a browser, and what its answer must match. */
export interface SignInRequest {
  /** Whose directory the person must sign in to. */
  readonly tenant: TenantAddress;
  readonly state: string;
  /** Comes back inside the signed ID token. */
  readonly nonce: string;
  /** PKCE: whoever redeems the code must know it. 43 to 128 characters of base64url. */
  readonly verifier: string;
  /** Let the person choose an account even where Microsoft knows of one only; needless right after consent. */
  readonly chooseAccount?: boolean;
}

/** Somebody who signed in at Microsoft, from an ID token that was checked. */
export interface SignedInPerson {
  /** Lower case; the tenant that was asked for. */
  readonly tenantId: string;
  readonly objectId: string;
  readonly name: string;
  /** User principal name, for people to read; nothing is keyed by it. */
  readonly username: string;
  /** App roles of this app that the person's directory assigned. Worthless unless that directory is ours. */
  readonly roles: readonly string[];
}

/** Signs people in by authorization code with PKCE; redirect URI `<PUBLIC_URL>/signin/callback`. */
export interface SignIn {
  /** The address of Microsoft's page. @throws SignInError */
  location(request: SignInRequest): Promise<string>;
  /**
   * Redeems the code of an answer and checks the ID token: issuer, `aud`, `tid`, nonce, times.
   * @throws SignInError
   */
  redeem(request: Pick<SignInRequest, 'tenant' | 'nonce' | 'verifier'>, code: string): Promise<SignedInPerson>;
}

/**
 * A sign-in that did not come through: `wrong-tenant` the person belongs elsewhere, `refused` Microsoft or the answer is
 * not right, `credential-refused` our own credential, `unreachable` no answer.
 */
export class SignInError extends Error {
  override readonly name = 'SignInError';
  readonly kind: 'wrong-tenant' | 'refused' | 'credential-refused' | 'unreachable';
  /** Of the token endpoint, e.g. `AADSTS54005`. */
  readonly code: string | undefined;

  constructor(
    message: string,
    { kind, code, cause }: { kind: SignInError['kind']; code?: string | undefined; cause?: unknown },
  ) {
    super(message, { cause });
    this.kind = kind;
    this.code = code;
  }
}
