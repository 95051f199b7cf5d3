import { describe, expect, it } from 'vitest';
import { createTimer } from '../../../local/host/timer.ts';
import { runApp } from './fixture-app.ts';
import type { Clock } from '../../../shared/clock.ts';

/** A clock that jumps to the end of every sleep. */
function jumpingClock(start: string): Clock & { time: number } {
  return {
    time: Date.parse(start),
    now() {
      return this.time;
    },
    sleep(milliseconds) {
      this.time += milliseconds;
      return Promise.resolve();
    },
  };
}

async function occurrences(schedule: string, count: number, tookMs = 0): Promise<string[]> {
  const clock = jumpingClock('2026-11-22T10:00:00.500Z');
  const stop = new AbortController();
  const seen: string[] = [];
  await createTimer(schedule, clock).run(() => {
    seen.push(new Date(clock.now()).toISOString());
    clock.time += tookMs;
    if (seen.length === count) stop.abort();
    return Promise.resolve();
  }, stop.signal);
  return seen;
}

describe('timers', () => {
  it('fire at the occurrences of a six-field schedule in UTC', async () => {
    expect(await occurrences('*/20 * * * * *', 3)).toEqual([
      '2026-11-22T10:00:20.000Z',
      '2026-11-22T10:00:40.000Z',
      '2026-11-22T10:01:00.000Z',
    ]);
    expect(await occurrences('0 30 9 1 * *', 2)).toEqual(['2026-12-01T09:30:00.000Z', '2027-01-01T09:30:00.000Z']);
  });

  it('leave out what falls due while they run', async () => {
    expect(await occurrences('*/5 * * * * *', 2, 12_000)).toEqual([
      '2026-11-22T10:00:05.000Z',
      '2026-11-22T10:00:20.000Z',
    ]);
  });

  it('refuse what is no schedule', () => {
    expect(() => createTimer('soon', jumpingClock('2026-11-22T10:00:00Z'))).toThrow('"soon" is not a schedule');
  });

  it('hand over their status with camel-case names, from a schedule among the settings', async () => {
    const app = await runApp(
      `app.timer('tick', { schedule: '%SCHEDULE%', handler: (timer, context) => { context.log('ticked ' + JSON.stringify(timer)); } });`,
      { environment: { SCHEDULE: '* * * * * *' } },
    );
    const { message } = await app.line('ticked');
    expect(JSON.parse(message.slice('ticked '.length))).toMatchObject({
      schedule: { adjustForDST: true },
      scheduleStatus: { last: expect.any(String) as string, next: expect.any(String) as string },
      isPastDue: false,
    });
  });

  it('go on after a failure', async () => {
    const app = await runApp(
      `let n = 0; app.timer('tick', { schedule: '* * * * * *', handler: (timer, context) => {
        if (n++ === 0) throw new Error('first'); context.log('second'); } });`,
    );
    await app.line("Function 'tick' failed: Error: first");
    await app.line('second');
  });

  it('run by hand through the admin route, for JSON only', async () => {
    const app = await runApp(
      `app.timer('yearly', { schedule: '0 0 0 1 1 *', handler: (timer, context) => { context.log('by hand'); } });
       app.get('page', () => undefined);`,
    );
    const post = (name: string, type: string) =>
      app.fetch(`/admin/functions/${name}`, { method: 'POST', body: '{}', headers: { 'content-type': type } });
    expect((await post('yearly', 'text/plain')).status).toBe(415);
    expect((await post('page', 'application/json')).status).toBe(404);
    expect((await app.fetch('/admin/other')).status).toBe(404);
    expect((await post('yearly', 'application/json')).status).toBe(202);
    await app.line('by hand');
  });
});
