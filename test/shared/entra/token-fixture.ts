import { afterEach, beforeEach } from 'vitest';

import { systemClock } from '../../../shared/clock.ts';
import { createCredential } from '../../../shared/entra/create-credential.ts';
import { createTokenSource } from '../../../shared/entra/create-token-source.ts';
import type { TokenSource } from '../../../shared/entra/token-source.ts';
import { rejection } from '../../support/rejection.ts';
import { type Answer, clientId, type Login, startLogin, tenant } from './loopback.ts';

export const secret = 'a-very-secret-secret';
export const bothRoles = ['ActivityFeed.Read', 'ActivityFeed.ReadDlp'];
const entra = { clientId, tenantId: 'home', credential: { kind: 'secret', secret } } as const;

/** A token source in front of a login server, both new for each test. */
export interface TokenFixture {
  login: Login;
  source: TokenSource;
  /** How far the source's clock is ahead, in ms. */
  lateMs: number;
  /** A source that gives Entra so long to answer, in ms. */
  sourceWith(limitMs?: number): TokenSource;
  /** What asking for a token fails with when Entra answers this. */
  failing(answer: Answer): Promise<unknown>;
}

/** The fixture of a whole file: made anew before each of its tests. */
export function useTokenSource(): TokenFixture {
  const on = {
    sourceWith: (limitMs) =>
      createTokenSource({
        clouds: on.login.clouds,
        clientId,
        clock: { ...systemClock, now: () => Date.now() + on.lateMs },
        credential: (cloud, id) => createCredential(entra, cloud, id, limitMs),
      }),
    async failing(answer) {
      on.login.onToken = () => answer;
      return rejection(on.source.token(tenant));
    },
  } as TokenFixture;
  beforeEach(async () => {
    on.login = await startLogin();
    on.lateMs = 0;
    on.source = on.sourceWith();
  });
  afterEach(() => on.login.close());
  return on;
}
