import type { TokenSource } from '../../shared/entra/token-source.ts';

/** Tokens that carry whatever roles a test says. */
export interface FakeTokens extends TokenSource {
  /** The roles of every token from now on. */
  roles: readonly string[];
  /** Thrown in place of a token for as long as it is there. */
  error: Error | undefined;
  /** Tenants whose token was forgotten, in order. */
  readonly forgotten: string[];
}

export function createFakeTokens(roles: readonly string[]): FakeTokens {
  const fake: FakeTokens = {
    roles,
    error: undefined,
    forgotten: [],
    token() {
      if (fake.error !== undefined) return Promise.reject(fake.error);
      return Promise.resolve({ value: 'a token', roles: fake.roles, expires: Infinity });
    },
    forget({ tenantId }) {
      fake.forgotten.push(tenantId);
    },
  };
  return fake;
}
