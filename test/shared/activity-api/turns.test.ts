import { describe, expect, it } from 'vitest';
import { createTurns } from '../../../shared/activity-api/turns.ts';
import { rejection } from '../../support/rejection.ts';
import { never } from './loopback.ts';

describe('createTurns', () => {
  it('lets the limit through at once for each key, the others in the order of asking', async () => {
    const turns = createTurns(2);
    const order: string[] = [];
    const first = await turns.take('a', never);
    await turns.take('a', never);
    const waiting = ['third', 'fourth'].map(async (name) => {
      const end = await turns.take('a', never);
      order.push(name);
      return end;
    });
    await turns.take('b', never);
    expect(order).toEqual([]);
    first();
    first();
    const end = await waiting[0];
    expect(order).toEqual(['third']);
    end?.();
    await waiting[1];
    expect(order).toEqual(['third', 'fourth']);
  });

  it('is as new when every turn has ended', async () => {
    const turns = createTurns(1);
    const end = await turns.take('a', never);
    end();
    const again = await turns.take('a', never);
    const next = turns.take('a', never);
    again();
    (await next)();
  });

  it('passes over who gave up, with the reason', async () => {
    const turns = createTurns(1);
    const end = await turns.take('a', never);
    const reason = new Error('enough');
    const impatient = new AbortController();
    const gaveUp = rejection(turns.take('a', impatient.signal));
    const patient = turns.take('a', never);
    impatient.abort(reason);
    expect(await gaveUp).toBe(reason);
    end();
    (await patient)();
    expect(await rejection(turns.take('a', impatient.signal))).toBe(reason);
    (await turns.take('a', never))();
  });
});
