import { describe, expect, it } from 'vitest';
import { createRequestBudget } from '../../../shared/activity-api/request-budget.ts';
import type { Clock } from '../../../shared/clock.ts';
import { never, rejection, tenant } from './loopback.ts';

/** A clock that moves only by sleeping, as far as each sleeper asks. */
function leapingClock(): Clock & { readonly sleeps: number[] } {
  let now = 1_000_000;
  const sleeps: number[] = [];
  return {
    sleeps,
    now: () => now,
    sleep(milliseconds, signal) {
      if (signal?.aborted === true) return Promise.reject(new Error('aborted'));
      sleeps.push(milliseconds);
      now += milliseconds;
      return Promise.resolve();
    },
  };
}

describe('createRequestBudget', () => {
  it.each([1, 7, 60, 500])('lets no more than %i requests through in any minute', async (limit) => {
    const clock = leapingClock();
    const budget = createRequestBudget(limit, clock);
    const sent: number[] = [];
    for (let index = 0; index < limit * 4; index += 1) {
      await budget.take(tenant, never);
      sent.push(clock.now());
    }
    for (const from of sent) {
      expect(sent.filter((time) => time >= from && time < from + 60_000).length).toBeLessThanOrEqual(limit);
    }
    const spanMinutes = ((sent.at(-1) ?? 0) - (sent[0] ?? 0)) / 60_000;
    expect(spanMinutes).toBeLessThanOrEqual(4.5);
  });

  it('lets a tenth go at once, makes the next wait, and gives each tenant its own', async () => {
    const clock = leapingClock();
    const budget = createRequestBudget(500, clock);
    for (let index = 0; index < 50; index += 1) await budget.take(tenant, never);
    expect(clock.sleeps).toEqual([]);
    await budget.take({ ...tenant, tenantId: 'another' }, never);
    expect(clock.sleeps).toEqual([]);
    await budget.take({ ...tenant, tenantId: tenant.tenantId.toUpperCase() }, never);
    expect(clock.sleeps).toEqual([Math.ceil(60_000 / 450)]);
  });

  it('serves those who wait in order, each a step later', async () => {
    const waits: number[] = [];
    const budget = createRequestBudget(60, {
      now: () => 0,
      sleep: (milliseconds) => {
        waits.push(milliseconds);
        return Promise.resolve();
      },
    });
    await Promise.all(Array.from({ length: 9 }, () => budget.take(tenant, never)));
    expect(waits).toEqual([1112, 2223, 3334]);
  });

  it('is full again after a pause, however long', async () => {
    const clock = leapingClock();
    const budget = createRequestBudget(100, clock);
    for (let index = 0; index < 10; index += 1) await budget.take(tenant, never);
    await clock.sleep(3_600_000);
    const before = clock.sleeps.length;
    for (let index = 0; index < 10; index += 1) await budget.take(tenant, never);
    expect(clock.sleeps).toHaveLength(before);
    await budget.take(tenant, never);
    expect(clock.sleeps).toHaveLength(before + 1);
  });

  it('throws the reason of an aborted signal', async () => {
    const reason = new Error('enough');
    const budget = createRequestBudget(10, leapingClock());
    expect(await rejection(budget.take(tenant, AbortSignal.abort(reason)))).toBe(reason);
  });
});
