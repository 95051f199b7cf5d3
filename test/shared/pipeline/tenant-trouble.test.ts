import { describe, expect, test } from 'vitest';

import { EntraError, type EntraErrorKind } from '../../../shared/entra/entra-error.ts';
import { afterConsent, afterSuccess, afterTrouble, troubleOf } from '../../../shared/pipeline/tenant-trouble.ts';
import type { TenantState } from '../../../shared/state/tenants.ts';
import { apiError } from '../../support/fake-activity-api.ts';
import { activeTenant } from '../../support/test-pipeline.ts';

const minute = 60_000;
const hour = 60 * minute;

describe('an error', () => {
  test.each<[EntraErrorKind, TenantState | undefined]>([
    ['consent-missing', 'consent-withdrawn'],
    ['roles-missing', 'permission-missing'],
    ['app-disabled', 'app-disabled'],
    ['tenant-gone', 'gone'],
    ['service-missing', 'gone'],
    ['credential-refused', undefined],
    ['unreachable', undefined],
    ['token-mismatch', undefined],
    ['rejected', undefined],
  ])('of a token that is %s speaks for %s', (kind, state) => {
    expect(troubleOf(new EntraError('No token.', { kind }))).toBe(state);
  });

  test('of the API speaks for the tenant only when the audit log is off', () => {
    expect(troubleOf(apiError('audit-off'))).toBe('audit-off');
    for (const kind of ['permission-missing', 'throttled', 'unreachable', 'server-failed', 'unauthorized'] as const) {
      expect(troubleOf(apiError(kind))).toBeUndefined();
    }
    expect(troubleOf(new Error('Something else.'))).toBeUndefined();
  });
});

describe('trouble', () => {
  test('shows as the state after three in a row over 30 minutes, not sooner', () => {
    const first = afterTrouble(activeTenant(), 'gone', 0);
    const second = afterTrouble(first, 'gone', 29 * minute);
    const third = afterTrouble(second, 'gone', 30 * minute - 1);
    expect([first, second, third].map(({ state }) => state)).toEqual(['active', 'active', 'active']);
    expect(afterTrouble(third, 'gone', 30 * minute).state).toBe('gone');
    // Long enough, but only the second.
    expect(afterTrouble(first, 'gone', 40 * minute).state).toBe('active');
  });

  test('of another kind begins to count anew', () => {
    let tenant = afterTrouble(activeTenant(), 'gone', 0);
    tenant = afterTrouble(tenant, 'gone', 20 * minute);
    tenant = afterTrouble(tenant, 'app-disabled', 31 * minute);
    expect(tenant).toMatchObject({ state: 'active', trouble: { state: 'app-disabled', since: 31 * minute, count: 1 } });
  });

  test('is forgotten by one success', () => {
    const troubled = afterTrouble(activeTenant(), 'gone', 0);
    const healed = afterSuccess(troubled);
    expect(healed).toEqual(activeTenant());
    expect(afterSuccess(healed)).toBe(healed);
  });

  test('with the audit log shows at once, is looked at every 10 minutes for half an hour, hourly, then daily', () => {
    let tenant = afterTrouble(activeTenant(), 'audit-off', 0);
    expect(tenant.state).toBe('audit-off');
    expect(tenant.nextCheckAt).toBe(hour / 6);
    for (let now = 0; now < 23 * hour; now = tenant.nextCheckAt ?? Infinity) {
      tenant = afterTrouble(tenant, 'audit-off', now);
      expect((tenant.nextCheckAt ?? Infinity) - now).toBe(now < hour / 2 ? hour / 6 : hour);
    }
    tenant = afterTrouble(tenant, 'audit-off', 25 * hour);
    expect(tenant.nextCheckAt).toBe(25 * hour + 24 * hour);
  });

  test('right after consent is what to expect: pauses grow from seconds to an hour', () => {
    let tenant = activeTenant({ state: 'waiting' });
    const pauses: number[] = [];
    for (let now = 0; pauses.length < 12; now = tenant.nextCheckAt ?? Infinity) {
      tenant = afterTrouble(tenant, 'permission-missing', now);
      pauses.push((tenant.nextCheckAt ?? Infinity) - now);
      if (now < 30 * minute) expect(tenant.state).toBe('waiting');
      if (tenant.state !== 'waiting') break;
    }
    expect(pauses.slice(0, 4)).toEqual([5000, 10_000, 20_000, 40_000]);
    expect(tenant.state).toBe('permission-missing');
  });
});

test('a success resumes neither a tenant that was paused nor one that is leaving', () => {
  for (const state of ['paused', 'leaving'] as const) {
    const tenant = activeTenant({ state });
    expect(afterSuccess(tenant)).toBe(tenant);
  }
});

describe('consent', () => {
  const consent = { at: 7, by: 'Kim' };
  const given = { consentedAt: 7, consentedBy: 'Kim', checkAskedAt: 7, trouble: undefined, nextCheckAt: undefined };
  const trouble = { state: 'gone', since: 0, count: 9 } as const;

  test.each<[TenantState, TenantState]>([
    ['invited', 'waiting'],
    ['waiting', 'waiting'],
    ['consent-withdrawn', 'waiting'],
    ['permission-missing', 'waiting'],
    ['audit-off', 'waiting'],
    ['active', 'active'],
  ])('makes a tenant that is %s %s, to be looked at now with a new token', (before, after) => {
    const tenant = activeTenant({ state: before, trouble, nextCheckAt: 9, consentedAt: undefined });
    expect(afterConsent(tenant, consent)).toEqual({ ...tenant, ...given, state: after });
  });

  test.each<[TenantState | undefined, TenantState]>([
    ['invited', 'waiting'],
    ['consent-withdrawn', 'waiting'],
    [undefined, 'waiting'],
    ['active', 'active'],
  ])('of a paused tenant that was %s leaves it paused, to be %s when it is resumed', (before, after) => {
    const tenant = activeTenant({ state: 'paused', pausedFrom: before });
    expect(afterConsent(tenant, consent)).toMatchObject({ ...given, state: 'paused', pausedFrom: after });
  });
});
