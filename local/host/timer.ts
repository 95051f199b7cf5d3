import { Cron } from 'croner';
import type { Clock } from '../../shared/clock.ts';

/** Timers longer than this are slept through in pieces: Node's own end at 24.8 days. */
const longestSleepMs = 86_400_000;

/** What the app is told when its timer fires; the library gives it camel-case names. */
export interface TimerInfo {
  readonly Schedule: { readonly AdjustForDST: boolean };
  readonly ScheduleStatus: { readonly Last: string; readonly Next: string; readonly LastUpdated: string };
  readonly IsPastDue: boolean;
}

export interface Timer {
  info(): TimerInfo;
  /** Fires at every occurrence until aborted. Never overlaps itself: what falls due while it runs is left out. */
  run(fire: () => Promise<void>, signal: AbortSignal): Promise<void>;
}

/**
 * Reads an NCRONTAB expression of six fields (or five, without seconds), in UTC.
 * @throws Error that names the expression
 */
export function createTimer(schedule: string, clock: Clock): Timer {
  let cron: Cron;
  try {
    cron = new Cron(schedule, { paused: true, mode: '5-or-6-parts', timezone: 'UTC', domAndDow: true });
  } catch (error) {
    throw new Error(`"${schedule}" is not a schedule; write six fields, e.g. "0 */2 * * * *".`, { cause: error });
  }
  let last = 0;
  const next = () => cron.nextRun(new Date(clock.now()));
  const iso = (time: number) => new Date(time).toISOString();

  return {
    info: () => ({
      Schedule: { AdjustForDST: true },
      ScheduleStatus: {
        Last: last === 0 ? '0001-01-01T00:00:00+00:00' : iso(last),
        Next: next()?.toISOString() ?? '',
        LastUpdated: iso(last === 0 ? clock.now() : last),
      },
      IsPastDue: false,
    }),
    async run(fire, signal) {
      for (;;) {
        const due = next();
        if (!due) return;
        try {
          while (clock.now() < due.getTime()) {
            await clock.sleep(Math.min(due.getTime() - clock.now(), longestSleepMs), signal);
          }
        } catch {
          return;
        }
        last = due.getTime();
        await fire();
        if (signal.aborted) return;
      }
    },
  };
}
