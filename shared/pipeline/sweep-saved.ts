import type { LedgerContent } from '../state/ledger-row.ts';
import type { LedgerHour } from '../state/ledger.ts';
import type { OpenHour } from '../state/open-hours.ts';
import type { Stored } from '../state/stored.ts';
import { isOver, recordsOf } from './give-up.ts';
import type { Pipeline } from './pipeline.ts';
import { isAlive } from './record-rows.ts';

/**
 * Removes saved bodies that nobody owes any more: those of contents that were given up, and those that a death left
 * behind between the settle and the removal.
 * @throws StorageError; RowConflict if a row changed meanwhile
 */
export async function sweepSaved(
  { ledger, saved }: Pick<Pipeline, 'ledger' | 'saved'>,
  { feed, hour }: OpenHour,
  rows: LedgerHour,
): Promise<void> {
  const write = async ({ value, etag }: Stored<LedgerContent>, change: Partial<LedgerContent>): Promise<void> => {
    await ledger.replace(feed, hour, [{ value: { ...value, ...change }, etag }]);
  };
  for (const content of rows.contents) {
    const { value } = content;
    const place = { feed, hour, contentId: value.id };
    const records = value.hasRecordRows ? recordsOf(rows, value) : [];
    if (isOver(value.state) && (value.saved || value.hasRecordRows) && !records.some(isAlive)) {
      await saved.forgetAll(place);
      await write(content, { saved: false, hasRecordRows: false });
    } else if (value.state === 'parked' && value.owed.length === 0 && value.saved) {
      await saved.forgetContent(place);
      await write(content, { saved: false });
    }
  }
}
