import { z } from 'zod';

import { contentTypes } from '../activity-api/content-types.ts';
import { ApiError } from '../http/api-error.ts';
import { listParked, type ParkedFilter } from '../pipeline/parked.ts';
import { replayParked } from '../pipeline/replay-parked.ts';
import type { Relay } from '../relay.ts';
import type { Actor } from '../tenants/note-history.ts';
import { tenantNotFound } from '../tenants/tenant-error.ts';
import { reasonKey } from './parked-view.ts';
import { replayNotice } from './replay-notice.ts';

const fields = z.object({
  tenantId: z.guid('"tenantId" must be a tenant’s GUID').toLowerCase(),
  contentType: z.enum(contentTypes, '"contentType" must be a content type').optional(),
  group: z
    .string()
    .regex(/^[0-9a-f]{16}$/, '"group" must name a group of the page')
    .optional(),
});

/**
 * Replays what a form of the page of all that is parked means: everything of a tenant, or of a content type of it, or what
 * is parked there for one reason. The form names the reason by its key: there may be thousands of contents.
 * @returns what was done, in a sentence @throws ApiError 400, TenantError 404, StorageError
 */
export async function parkedAction(relay: Relay, form: URLSearchParams, by: Actor): Promise<string> {
  const given = Object.fromEntries([...form].filter(([, value]) => value !== ''));
  const parsed = fields.safeParse(given);
  if (!parsed.success) {
    const why = parsed.error.issues[0]?.message ?? 'The form is not right';
    throw new ApiError(400, 'invalid_form', `${why}: use the buttons of the page.`);
  }
  const { tenantId, contentType, group } = parsed.data;
  if ((await relay.tenants.get(tenantId)) === undefined) throw tenantNotFound(tenantId);
  const filter: ParkedFilter = { tenantId, contentType };
  if (group === undefined) return replayNotice(await replayParked(relay, filter, by));
  const meant = (await listParked(relay, filter)).filter(({ reason }) => reasonKey(reason) === group);
  const contentIds = [...new Set(meant.map(({ contentId }) => contentId))];
  return replayNotice(await replayParked(relay, { ...filter, contentIds }, by));
}
