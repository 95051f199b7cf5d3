import { describe, expect, it, vi } from 'vitest';
import { createRequestBudget } from '../../../shared/activity-api/request-budget.ts';
import type { RequestUse } from '../../../shared/activity-api/request-use.ts';
import type { Clock } from '../../../shared/clock.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { rejection } from '../../support/rejection.ts';
import { never, tenant } from './loopback.ts';

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
      await budget.take(tenant, 'fetching', never);
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
    for (let index = 0; index < 50; index += 1) await budget.take(tenant, 'fetching', never);
    expect(clock.sleeps).toEqual([]);
    await budget.take({ ...tenant, tenantId: 'another' }, 'fetching', never);
    expect(clock.sleeps).toEqual([]);
    await budget.take({ ...tenant, tenantId: tenant.tenantId.toUpperCase() }, 'listing', never);
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
    await Promise.all(Array.from({ length: 9 }, () => budget.take(tenant, 'fetching', never)));
    expect(waits).toEqual([1112, 2223, 3334]);
  });

  it('is full again after a pause, however long', async () => {
    const clock = leapingClock();
    const budget = createRequestBudget(100, clock);
    for (let index = 0; index < 10; index += 1) await budget.take(tenant, 'fetching', never);
    await clock.sleep(3_600_000);
    const before = clock.sleeps.length;
    for (let index = 0; index < 10; index += 1) await budget.take(tenant, 'fetching', never);
    expect(clock.sleeps).toHaveLength(before);
    await budget.take(tenant, 'fetching', never);
    expect(clock.sleeps).toHaveLength(before + 1);
  });

  it('throws the reason of an aborted signal', async () => {
    const reason = new Error('enough');
    const budget = createRequestBudget(10, leapingClock());
    expect(await rejection(budget.take(tenant, 'listing', AbortSignal.abort(reason)))).toBe(reason);
  });

  it('leaves to the next what those who gave up did not take', async () => {
    const clock = createManualClock(0);
    const budget = createRequestBudget(60, clock);
    const breakOff = new AbortController();
    const waits = Array.from({ length: 240 }, () => budget.take(tenant, 'fetching', breakOff.signal));
    await Promise.all(waits.slice(0, 6));
    await clock.asleep(1112);
    breakOff.abort(new Error('broken off'));
    const settled = await Promise.allSettled(waits);
    expect(settled.filter(({ status }) => status === 'rejected')).toHaveLength(234);
    const next = budget.take(tenant, 'fetching', never);
    await vi.waitUntil(() => clock.sleeps.length === 2);
    expect(clock.sleeps).toEqual([1112, 1112]);
    clock.advance(1112);
    await next;
  });

  it('lets listing and fetching go by turns, however many fetches wait', async () => {
    const clock = createManualClock(0);
    const budget = createRequestBudget(60, clock);
    const granted: string[] = [];
    const take = async (use: RequestUse): Promise<void> => {
      await budget.take(tenant, use, never);
      granted.push(use);
    };
    const first = Array.from({ length: 10 }, () => take('fetching'));
    await clock.asleep(1112);
    const listings = [take('listing'), take('listing')];
    await clock.asleep(2223);
    granted.length = 0;
    for (let step = 1; step <= 4; step += 1) {
      clock.advance(1112);
      await vi.waitUntil(() => granted.length === step);
    }
    expect(granted).toEqual(['fetching', 'listing', 'fetching', 'listing']);
    await Promise.all(listings);
    clock.advance(60_000);
    await vi.waitUntil(() => {
      clock.advance(60_000);
      return granted.length === 6;
    });
    await Promise.all(first);
  });
});
