import { ActivityApiError } from '../activity-api/activity-api-error.ts';
import { hourMs } from '../activity-api/hours.ts';
import { isSettled, type LedgerContent } from '../state/ledger-row.ts';
import type { SavedPlace } from '../state/saved.ts';
import { type BatchWork, batchFields } from './batch-work.ts';

/** A content that is still owed or parked this long before its expiry is copied. */
const saveBeforeMs = 24 * hourMs;

/** Whether someone may still want the content's body. One that is parked only for its records owes it to nobody. */
export const needsBody = ({ state, owed }: LedgerContent): boolean =>
  owed.length > 0 && (!isSettled(state) || state === 'parked');

/** Whether the body must be copied now, because the API will soon not give it any more. */
export const mustBeSaved = (content: LedgerContent, now: number): boolean =>
  needsBody(content) && !content.saved && content.expires > now && content.expires - now <= saveBeforeMs;

/** Where bodies of a batch's content lie. */
export const savedPlace = ({ batch }: Pick<BatchWork, 'batch'>, contentId: string): SavedPlace => ({
  feed: batch,
  hour: batch.hour,
  contentId,
});

/**
 * Begins a content's body: what was saved of it, else what the API gives.
 * @throws ActivityApiError, EntraError, StorageError
 */
export async function openBody(
  work: BatchWork,
  content: LedgerContent,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const { pipeline, batch, tenant, rows } = work;
  if (rows.get(content.id)?.saved === true) {
    const body = await pipeline.saved.openContent(savedPlace(work, content.id));
    if (body) return body;
    pipeline.log.error('saved-body-missing', { ...batchFields(batch), contentId: content.id });
    if (content.expires <= pipeline.clock.now()) {
      const expired = new Date(content.expires).toISOString();
      throw new ActivityApiError(`Its saved body is missing, and it expired at ${expired}.`, {
        kind: 'content-expired',
      });
    }
    await rows.write([{ contentId: content.id, to: (row) => ({ ...row, saved: false }) }]);
  }
  return pipeline.api.fetchContent(tenant, content.uri, signal);
}

/**
 * Copies a content's body, then says so in its row.
 * @throws ActivityApiError, EntraError, StorageError
 */
export async function saveBody(work: BatchWork, content: LedgerContent, signal: AbortSignal): Promise<void> {
  const { pipeline, batch, tenant, rows } = work;
  const body = await pipeline.api.fetchContent(tenant, content.uri, signal);
  await pipeline.saved.saveContent(savedPlace(work, content.id), body);
  await rows.write([{ contentId: content.id, to: (row) => (needsBody(row) ? { ...row, saved: true } : undefined) }]);
  // Another worker settled it meanwhile.
  if (rows.get(content.id)?.saved !== true) return pipeline.saved.forgetContent(savedPlace(work, content.id));
  pipeline.log.info('content-saved', { ...batchFields(batch), contentId: content.id });
}

/**
 * Copies one record of a content. The content's row says before that there may be some: of what a death leaves behind
 * between the copy and the record's row, nobody else would know. One that another worker settled has no use for it.
 * @throws StorageError
 */
export async function saveRecord(
  work: BatchWork,
  contentId: string,
  ordinal: number,
  record: AsyncIterable<Uint8Array>,
): Promise<void> {
  const { pipeline, rows } = work;
  const to = (row: LedgerContent): LedgerContent | undefined =>
    row.hasRecordRows || isSettled(row.state) ? undefined : { ...row, hasRecordRows: true };
  await rows.write([{ contentId, to }]);
  await pipeline.saved.saveRecord(savedPlace(work, contentId), ordinal, record);
}

/** Deletes the bodies that nobody needs any more, after what became of their contents was written. @throws StorageError */
export async function forgetBodies(work: BatchWork): Promise<void> {
  const { pipeline, contents, rows } = work;
  for (const { id } of contents) {
    const row = rows.get(id);
    if (row === undefined || !isSettled(row.state) || needsBody(row)) continue;
    const place = savedPlace(work, id);
    const delivered = row.state === 'delivered';
    if (delivered && row.hasRecordRows) await pipeline.saved.forgetAll(place);
    else if (row.saved) await pipeline.saved.forgetContent(place);
    else continue;
    const to = (now: LedgerContent): LedgerContent => ({
      ...now,
      saved: false,
      hasRecordRows: now.hasRecordRows && !delivered,
    });
    await rows.write([{ contentId: id, to }]);
  }
}
