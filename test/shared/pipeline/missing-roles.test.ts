import { describe, expect, test } from 'vitest';

import { type ContentType, contentTypes } from '../../../shared/activity-api/content-types.ts';
import { listCycle } from '../../../shared/pipeline/list-cycle.ts';
import { apiError } from '../../support/fake-activity-api.ts';
import { tenantId, type TestPipeline } from '../../support/test-pipeline.ts';
import { cycles, entra, minute, tenantOf, withTenants } from './cycle-fixture.ts';

const all = ['ActivityFeed.Read', 'ActivityFeed.ReadDlp', 'ServiceHealth.Read'];
const auditTypes = contentTypes.filter((type) => type !== 'DLP.All');

const withRoles = async (roles: readonly string[], change: Parameters<typeof withTenants>[0] = [{}]) => {
  const pipeline = await withTenants(change.map((one) => ({ contentTypes: [...contentTypes], ...one })));
  pipeline.tokens.roles = roles;
  return pipeline;
};

async function typesIn(pipeline: TestPipeline, state: string): Promise<ContentType[]> {
  const feeds = await pipeline.feeds.ofTenant(tenantId);
  const inState = new Set(feeds.filter(({ value }) => value.state === state).map(({ value }) => value.contentType));
  return contentTypes.filter((type) => inState.has(type));
}

const detailOf = async (pipeline: TestPipeline, type: ContentType): Promise<string | undefined> =>
  (await pipeline.feeds.ofTenant(tenantId)).find(({ value }) => value.contentType === type)?.value.detail;

const told = async (pipeline: TestPipeline): Promise<string[]> =>
  (await pipeline.history.ofTenant(tenantId, 100)).map(({ what }) => what);

const asked = (pipeline: TestPipeline, type: string): string[] =>
  pipeline.api.calls.filter((call) => call.includes(type));

describe('roles that the consent does not give', () => {
  test('for DLP stop DLP alone, which is never started, and are named', async () => {
    const pipeline = await withRoles(['ActivityFeed.Read', 'ServiceHealth.Read']);
    await cycles(pipeline, 3);
    expect(await typesIn(pipeline, 'active')).toEqual(auditTypes);
    expect(await typesIn(pipeline, 'permission-missing')).toEqual(['DLP.All']);
    expect(asked(pipeline, 'DLP.All')).toEqual([]);
    const detail = 'The permission ActivityFeed.ReadDlp is missing: the customer’s administrator has to consent again.';
    expect(await detailOf(pipeline, 'DLP.All')).toBe(detail);
    expect(await tenantOf(pipeline)).toMatchObject({ state: 'active', missingRoles: ['ActivityFeed.ReadDlp'] });
    expect((await told(pipeline)).filter((what) => what.startsWith('DLP'))).toEqual([
      `DLP.All cannot be collected: ${detail}`,
    ]);
  });

  test('for all but DLP let DLP run', async () => {
    const pipeline = await withRoles(['ActivityFeed.ReadDlp']);
    await listCycle(pipeline);
    expect(await typesIn(pipeline, 'active')).toEqual(['DLP.All']);
    expect(await typesIn(pipeline, 'permission-missing')).toEqual(auditTypes);
    expect(await tenantOf(pipeline)).toMatchObject({
      state: 'active',
      missingRoles: ['ActivityFeed.Read', 'ServiceHealth.Read'],
    });
  });

  test('for nothing that is collected stop nothing', async () => {
    const pipeline = await withRoles(['ActivityFeed.Read', 'ActivityFeed.ReadDlp']);
    await listCycle(pipeline);
    expect(await typesIn(pipeline, 'active')).toEqual(contentTypes);
    expect(await tenantOf(pipeline)).toMatchObject({ state: 'active', missingRoles: ['ServiceHealth.Read'] });
  });

  test('are forgotten when they are given: what was stopped starts at once', async () => {
    const pipeline = await withRoles(['ActivityFeed.Read']);
    pipeline.api.subscriptions.delete('DLP.All');
    await cycles(pipeline, 2);
    pipeline.tokens.roles = all;
    await listCycle(pipeline);
    expect(await typesIn(pipeline, 'active')).toEqual(contentTypes);
    expect(asked(pipeline, 'start')).toEqual(['start DLP.All']);
    expect((await tenantOf(pipeline))?.missingRoles).toBeUndefined();
    expect(await detailOf(pipeline, 'DLP.All')).toBeUndefined();
  });

  test('that were taken back stop what ran, with the next token', async () => {
    const pipeline = await withRoles(all);
    await listCycle(pipeline);
    pipeline.tokens.roles = ['ActivityFeed.Read'];
    pipeline.api.calls.length = 0;
    await cycles(pipeline, 3);
    expect(await typesIn(pipeline, 'permission-missing')).toEqual(['DLP.All']);
    expect(asked(pipeline, 'DLP.All')).toEqual([]);
  });

  test('are written once, not in every cycle', async () => {
    const pipeline = await withRoles(['ActivityFeed.Read']);
    await listCycle(pipeline);
    const { etag } = (await pipeline.tenants.get(tenantId)) ?? {};
    const before = (await told(pipeline)).length;
    await cycles(pipeline, 5);
    expect((await pipeline.tenants.get(tenantId))?.etag).toBe(etag);
    expect(await told(pipeline)).toHaveLength(before);
  });

  test('all of them, named by the token, change the tenant after three times over 30 minutes, and heal by themselves', async () => {
    const pipeline = await withRoles(all);
    await listCycle(pipeline);
    pipeline.tokens.error = entra('roles-missing');
    await cycles(pipeline, 15);
    expect(await tenantOf(pipeline)).toMatchObject({ state: 'active', missingRoles: all });
    await cycles(pipeline, 6);
    expect((await tenantOf(pipeline))?.state).toBe('permission-missing');
    expect((await told(pipeline))[0]).toBe('From "active" to "permission missing". Entra said roles-missing.');
    pipeline.tokens.error = undefined;
    await cycles(pipeline, 31);
    expect(await tenantOf(pipeline)).toMatchObject({ state: 'active', missingRoles: undefined, trouble: undefined });
  });
});

describe('a tenant none of whose content types may be read', () => {
  test('for want of a role becomes permission-missing, and is looked at again', async () => {
    const pipeline = await withRoles(['ActivityFeed.Read'], [{ contentTypes: ['DLP.All'] }]);
    await cycles(pipeline, 21);
    expect(pipeline.api.calls).toEqual([]);
    expect(await tenantOf(pipeline)).toMatchObject({
      state: 'permission-missing',
      missingRoles: ['ActivityFeed.ReadDlp', 'ServiceHealth.Read'],
    });
    pipeline.tokens.roles = all;
    await cycles(pipeline, 31);
    expect((await tenantOf(pipeline))?.state).toBe('active');
  });

  test('although the token has the roles waits on after consent, with growing pauses, and then becomes active', async () => {
    const pipeline = await withRoles(all, [{ state: 'waiting', contentTypes: ['Audit.Exchange'] }]);
    pipeline.api.subscriptions.clear();
    pipeline.api.failures.set('start', [apiError('permission-missing')]);
    const pauses: number[] = [];
    for (let n = 0; n < 8; n += 1) {
      const now = pipeline.clock.now();
      await listCycle(pipeline);
      const tenant = await tenantOf(pipeline);
      expect(tenant?.state).toBe('waiting');
      const next = tenant?.nextCheckAt ?? Infinity;
      pauses.push(next - now);
      pipeline.clock.advance(next - now);
    }
    expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 320, 640].map((seconds) => seconds * 1000));
    await listCycle(pipeline);
    expect((await tenantOf(pipeline))?.state).toBe('active');
    expect(asked(pipeline, 'start')).toHaveLength(2);
  });
});

describe('a token that cannot be had', () => {
  test('stops its tenant alone, counts as a visit of its feeds, and says nothing of roles', async () => {
    const pipeline = await withRoles(all);
    await listCycle(pipeline);
    pipeline.clock.advance(2 * minute);
    pipeline.api.calls.length = 0;
    pipeline.tokens.error = entra('unreachable');
    await listCycle(pipeline);
    expect(pipeline.api.calls).toEqual([]);
    const feeds = await pipeline.feeds.ofTenant(tenantId);
    expect(feeds.map(({ value }) => [value.state, value.visitedAt])).toEqual(
      contentTypes.map(() => ['active', pipeline.clock.now()]),
    );
    expect((await tenantOf(pipeline))?.missingRoles).toBeUndefined();
  });

  test('because our own credential fails changes no tenant and no feed, and leaves the wish for a check', async () => {
    const pipeline = await withRoles(all);
    await listCycle(pipeline);
    const stored = await pipeline.tenants.get(tenantId);
    if (stored) await pipeline.tenants.replace({ ...stored.value, checkAskedAt: 1 }, stored.etag);
    const before = [await pipeline.tenants.all(), await pipeline.feeds.all()];
    pipeline.tokens.error = entra('credential-refused');
    await listCycle(pipeline);
    expect([await pipeline.tenants.all(), await pipeline.feeds.all()]).toEqual(before);
    pipeline.tokens.error = undefined;
    pipeline.clock.advance(minute);
    await listCycle(pipeline);
    expect((await tenantOf(pipeline))?.checkAskedAt).toBeUndefined();
  });

  test('is asked for until time is up, which forbids nothing', async () => {
    const pipeline = await withRoles(all);
    await listCycle(pipeline);
    pipeline.tokens.token = (_tenant, signal) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => {
          reject(signal.reason as Error);
        });
        pipeline.clock.advance(minute);
      });
    await listCycle(pipeline);
    expect(await tenantOf(pipeline)).toMatchObject({ state: 'active', trouble: undefined, missingRoles: undefined });
    expect(await typesIn(pipeline, 'active')).toEqual(contentTypes);
  });
});
