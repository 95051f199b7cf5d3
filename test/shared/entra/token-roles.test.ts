import { describe, expect, it } from 'vitest';

import { rejection } from '../../support/rejection.ts';
import { granted, makeToken, refused, tenant } from './loopback.ts';
import { bothRoles, useTokenSource } from './token-fixture.ts';

const on = useTokenSource();

describe('a token without the roles', () => {
  const roleless = { status: 200, body: granted(makeToken({ roles: ['ServiceHealth.Read'] })).body };

  it('is not kept, and asked for again with pauses that double from 5 s to an hour', async () => {
    const error = await on.failing(roleless);
    expect(error).toMatchObject({ kind: 'roles-missing' });
    expect(await rejection(on.source.token(tenant))).toBe(error);
    expect(on.login.tokenRequests()).toHaveLength(1);
    let pauseMs = 5_000;
    for (let count = 2; count < 14; count += 1) {
      on.lateMs += pauseMs - 1_000;
      await rejection(on.source.token(tenant));
      expect(on.login.tokenRequests()).toHaveLength(count - 1);
      on.lateMs += 1_100;
      await rejection(on.source.token(tenant));
      expect(on.login.tokenRequests()).toHaveLength(count);
      pauseMs = Math.min(pauseMs * 2, 3_600_000);
    }
    expect(pauseMs).toBe(3_600_000);
  });

  it('is asked for at once when it was forgotten, and pauses begin anew', async () => {
    for (let count = 1; count < 4; count += 1) {
      await on.failing(roleless);
      on.source.forget(tenant);
      expect(on.login.tokenRequests()).toHaveLength(count);
    }
    await on.failing({ status: 200, body: granted(makeToken({ roles: undefined })).body });
    on.lateMs += 5_100;
    on.login.onToken = () => granted(makeToken());
    expect((await on.source.token(tenant)).roles).toEqual(bothRoles);
  });

  it('says which it has all the same', async () => {
    expect(await on.failing(roleless)).toMatchObject({ roles: ['ServiceHealth.Read'] });
  });

  it('is asked for at once when the administrator consented since, by whoever knows of that, once', async () => {
    await on.failing(roleless);
    const early = { ...tenant, consentedAt: 1 };
    await rejection(on.source.token({ ...tenant, consentedAt: 0 }));
    expect(on.login.tokenRequests()).toHaveLength(1);
    await rejection(on.source.token(early));
    await rejection(on.source.token(early));
    expect(on.login.tokenRequests()).toHaveLength(2);
    on.login.onToken = () => granted(makeToken());
    expect((await on.source.token({ ...tenant, consentedAt: 2 })).roles).toEqual(bothRoles);
    // Somebody who read the row before goes by what is known meanwhile.
    expect((await on.source.token(early)).roles).toEqual(bothRoles);
    expect((await on.source.token(tenant)).roles).toEqual(bothRoles);
    expect(on.login.tokenRequests()).toHaveLength(3);
  });

  it('pauses no other tenant', async () => {
    await on.failing(roleless);
    const other = { ...tenant, tenantId: '22222222-2222-3333-4444-555555555555' };
    on.login.onToken = ({ path }) => granted(makeToken({ tid: path.split('/')[1] }));
    expect((await on.source.token(other)).roles).toEqual(bothRoles);
  });
});

describe('a token with some of the roles', () => {
  const narrow = (n: number) => granted(makeToken({ roles: ['ActivityFeed.Read'], n }));

  it('is used, and renewed after pauses that double from 5 s, until it has all of them', async () => {
    on.login.onToken = () => narrow(on.login.requests.length);
    let last = await on.source.token(tenant);
    expect(last.roles).toEqual(['ActivityFeed.Read']);
    for (let pauseMs = 5_000; pauseMs <= 80_000; pauseMs *= 2) {
      on.lateMs += pauseMs - 1_000;
      expect(await on.source.token(tenant)).toBe(last);
      on.lateMs += 1_100;
      const next = await on.source.token(tenant);
      expect(next.value).not.toBe(last.value);
      last = next;
    }
    on.login.onToken = () => granted(makeToken());
    on.lateMs += 160_000;
    expect((await on.source.token(tenant)).roles).toEqual(bothRoles);
    const asked = on.login.tokenRequests().length;
    on.lateMs += 2_900_000;
    await on.source.token(tenant);
    expect(on.login.tokenRequests()).toHaveLength(asked);
  });

  it('is renewed no later than any other', async () => {
    on.login.onToken = () => narrow(on.login.requests.length);
    for (let n = 0; n < 12; n += 1) {
      await on.source.token(tenant);
      on.lateMs += 3_599_000 - 299_000;
    }
    expect(on.login.tokenRequests()).toHaveLength(12);
  });

  it('is used on while Entra cannot be reached', async () => {
    on.login.onToken = () => narrow(1);
    const first = await on.source.token(tenant);
    on.lateMs += 6_000;
    on.login.onToken = () => refused(503, 'temporarily_unavailable', 90033);
    expect(await on.source.token(tenant)).toBe(first);
  });
});
