import { z } from 'zod';
import type { Subscription } from './activity-api.ts';
import { contentTypes } from './content-types.ts';

const entries = z.array(z.unknown());
const entry = z.object({ contentType: z.string(), status: z.string().optional().catch(undefined) });

/**
 * The subscriptions of a tenant. Letter case varies; content types that we do not know are left out. An entry without a
 * status (the documentation has one) counts as not enabled: starting it once more does no harm, not starting it would.
 *
 * @returns `undefined` if it is no list of subscriptions
 */
export function parseSubscriptions(json: unknown): Subscription[] | undefined {
  const list = entries.safeParse(json);
  if (!list.success) return undefined;
  return list.data.flatMap((item): Subscription[] => {
    const parsed = entry.safeParse(item);
    const name = parsed.data?.contentType.toLowerCase();
    const contentType = contentTypes.find((type) => type.toLowerCase() === name);
    if (contentType === undefined) return [];
    return [{ contentType, enabled: parsed.data?.status?.toLowerCase() === 'enabled' }];
  });
}
