import { hourMs, isWithinReach } from '../activity-api/hours.ts';
import { chunks } from '../chunks.ts';
import type { ListedHour } from '../state/hours.ts';
import { isSettled, type LedgerContent } from '../state/ledger-row.ts';
import type { LedgerHour } from '../state/ledger.ts';
import type { OpenHour } from '../state/open-hours.ts';
import type { Stored } from '../state/stored.ts';
import { RowConflict, transactionLimit } from '../state/table.ts';
import type { Closing, Standing } from './closing.ts';
import { isOver, verdictOn } from './give-up.ts';
import { sumsOf } from './hour-sums.ts';
import { isAlive } from './record-rows.ts';
import { sweepSaved } from './sweep-saved.ts';
import { wakeRows } from './wake-rows.ts';

/** How often the hour is read again when a lister wrote it meanwhile. */
const mostRounds = 5;

/** A lister that began while an hour was within reach is surely done this long after. */
const slackMs = hourMs;

/**
 * Looks at one open hour: gives up what nobody can bring to its end any more, queues what has waited long enough, sweeps
 * what was saved, and closes the hour if nothing is left to do.
 * @returns how many contents are neither settled nor saved @throws StorageError
 */
export async function closeHour(closing: Closing, open: OpenHour): Promise<number> {
  const { hours, openHours, ledger, clock } = closing.pipeline;
  const { feed, hour } = open;
  const row = await hours.get(feed, hour);
  const outOfReach = !isWithinReach(hour, clock.now() - slackMs);
  let rows = await ledger.hour(feed, hour);
  try {
    if (row !== undefined) {
      const standing = await closing.standing(feed.tenantId);
      const isGivenUp = standing === 'dropped' || (standing === 'gone' && !rows.contents.every(isSettledRow));
      let etag = isGivenUp && row.value.hash !== undefined ? await clearHash(closing, open, row) : row.etag;
      if (await giveUp(closing, open, rows, standing)) {
        rows = await ledger.hour(feed, hour);
        if (isGivenUp) etag = await clearHashAgain(closing, open);
      }
      if (standing === 'here') await wakeRows(closing, open, rows);
      await sweepSaved(closing.pipeline, open, rows);
      // With its hash clear, a lister may be in the middle of it, or, of a tenant that left, an earlier Close was cut short.
      const isListed = row.value.hash !== undefined || outOfReach || standing !== 'here';
      if (isListed && isDone(rows)) {
        const hash = isGivenUp ? undefined : row.value.hash;
        await hours.replace(feed, { ...row.value, hash, open: false, sums: sumsOf(rows) }, etag);
        await openHours.remove(open);
      }
    } else if (outOfReach) {
      // Until then the lister may be about to write it.
      await openHours.remove(open);
    }
  } catch (error) {
    // The lister or a worker came first: the hour is looked at again in the next round.
    if (!(error instanceof RowConflict)) throw error;
  }
  return rows.contents.filter((content) => !isSettledRow(content) && !content.value.saved).length;
}

const isSettledRow = ({ value }: Stored<LedgerContent>): boolean => isSettled(value.state);

const isDone = ({ contents, parkedRecords }: LedgerHour): boolean =>
  contents.every(({ value }) => isOver(value.state)) && !parkedRecords.some(isAlive);

/** Before the rows are given up: if the tenant is added again, the hour is listed again and takes them up. */
const clearHash = ({ pipeline }: Closing, { feed }: OpenHour, { value, etag }: Stored<ListedHour>): Promise<string> =>
  pipeline.hours.replace(feed, { ...value, hash: undefined, open: true, sums: undefined }, etag);

/**
 * When they are given up: the tenant may have been added again, and listed, while we were at it. Whoever is listing the
 * hour at the moment has to do it again from the top.
 */
async function clearHashAgain(closing: Closing, open: OpenHour): Promise<string> {
  for (let round = 1; ; round += 1) {
    const row = await closing.pipeline.hours.get(open.feed, open.hour);
    if (row === undefined)
      throw new RowConflict(`The hour ${open.hour} is gone: nothing of it is left to be listed again.`);
    try {
      return await clearHash(closing, open, row);
    } catch (error) {
      if (!(error instanceof RowConflict) || round >= mostRounds) throw error;
    }
  }
}

/** @returns whether any row was written; one that a worker settled meanwhile has another etag and stays as it is */
async function giveUp(
  { pipeline, configured }: Closing,
  { feed, hour }: OpenHour,
  rows: LedgerHour,
  standing: Standing,
): Promise<boolean> {
  const { ledger, clock, log } = pipeline;
  const at = { now: clock.now(), configured, standing };
  const verdicts = rows.contents.map((content) => verdictOn(content, rows, at)).filter((one) => one !== undefined);
  for (const [why, list] of Map.groupBy(verdicts, (verdict) => verdict.why)) {
    for (const some of chunks(list, transactionLimit)) {
      const changes = some.map(({ change }) => change);
      await ledger.replace(feed, hour, changes);
      if (why === 'destination-removed') log.warn('destinations-struck-off', { ...feed, hour, contents: some.length });
      const lost = why === 'records-left' ? 0 : changes.filter(({ value }) => value.state === 'lost').length;
      if (lost > 0) log.error('contents-lost', { ...feed, hour, contents: lost, reason: why });
    }
  }
  return verdicts.length > 0;
}
