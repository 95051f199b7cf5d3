import { type Hour, hourOf, monthOf } from '../activity-api/hours.ts';
import { chunks } from '../chunks.ts';
import type { OpenHour } from '../state/open-hours.ts';
import { RowConflict, transactionLimit } from '../state/table.ts';
import { unlessConflict } from '../state/unless-conflict.ts';
import { afterLoss, isOver } from './give-up.ts';
import type { Pipeline } from './pipeline.ts';

const dayMs = 86_400_000;

/** How often an hour is given up again when another writer came between. */
const mostRounds = 5;

/**
 * When everything about a month is forgotten: the retention after its last hour has ended.
 * @param month `yyyymm` @returns milliseconds since the epoch
 */
export const forgottenAt = (month: string, retentionDays: number): number =>
  Date.UTC(Number(month.slice(0, 4)), Number(month.slice(4)), 1) + retentionDays * dayMs;

/** When nothing of an hour can be replayed any more, milliseconds since the epoch. */
export const retainedUntil = (hour: Hour, { retentionDays }: Pick<Pipeline, 'retentionDays'>): number =>
  forgottenAt(monthOf(hour), retentionDays);

/**
 * Drops the tables and saved bodies of the months that are past the retention. What is still open in them becomes lost
 * first.
 * @throws StorageError, RowConflict when others kept coming between; what is left is dropped the next time
 */
export async function forgetOldMonths(pipeline: Pipeline): Promise<void> {
  const { clock, retentionDays, months, saved, log } = pipeline;
  await forgetLeftFeeds(pipeline);
  for (const month of await months.all()) {
    if (forgottenAt(month, retentionDays) > clock.now()) return;
    await giveUpMonth(pipeline, month);
    await saved.forgetMonth(month);
    await months.drop(month);
    log.info('month-forgotten', { month });
  }
}

/** What is remembered of feeds whose tenants left so long ago that their last hours are forgotten too. */
async function forgetLeftFeeds(pipeline: Pipeline): Promise<void> {
  const { leftFeeds, clock } = pipeline;
  for (const left of await leftFeeds.all()) {
    if (retainedUntil(hourOf(left.leftAt), pipeline) <= clock.now()) await leftFeeds.remove(left);
  }
}

/** Nobody works on hours this old but for what is saved of them; a worker that holds one meanwhile has been told. */
async function giveUpMonth(pipeline: Pipeline, month: string): Promise<void> {
  for (const open of await pipeline.openHours.all()) {
    if (monthOf(open.hour) === month) await giveUpHour(pipeline, open);
  }
}

async function giveUpHour(pipeline: Pipeline, open: OpenHour): Promise<void> {
  for (let round = 1; ; round += 1) {
    try {
      await loseWhatIsLeft(pipeline, open);
      // A stale row in the index is harmless: Close removes it.
      await pipeline.openHours.remove(open).catch(unlessConflict);
      return;
    } catch (error) {
      if (!(error instanceof RowConflict) || round >= mostRounds) throw error;
    }
  }
}

async function loseWhatIsLeft(pipeline: Pipeline, { feed, hour }: OpenHour): Promise<void> {
  const { ledger, clock, retentionDays, log } = pipeline;
  const reason = `it was kept for RETENTION_DAYS (${retentionDays}) and could not be delivered`;
  const rows = await ledger.hour(feed, hour);
  const left = rows.contents.filter(({ value }) => !isOver(value.state));
  for (const some of chunks(left, transactionLimit)) {
    const lost = some.map((content) => afterLoss(content, rows, reason, clock.now()));
    await ledger.replace(feed, hour, lost);
    log.error('contents-lost', { ...feed, hour, contents: lost.length, reason });
  }
}
