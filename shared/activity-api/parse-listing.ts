import { z } from 'zod';
import type { ListedContent } from './activity-api.ts';
import { parseListingTime } from './listing-time.ts';

const time = z.string().transform((text, context) => {
  const parsed = parseListingTime(text);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: 'custom', message: 'is not a time' });
  return z.NEVER;
});

const listing = z.array(
  z
    .object({
      contentId: z.string().min(1),
      contentUri: z.string().min(1),
      contentCreated: time,
      contentExpiration: time,
    })
    .transform((entry): ListedContent => ({
      id: entry.contentId,
      uri: entry.contentUri,
      created: entry.contentCreated,
      expires: entry.contentExpiration,
    })),
);

/**
 * One page of a listing. Unknown fields pass; an entry that lacks one of ours spoils the page, because a content that
 * was skipped would be lost without anybody knowing.
 *
 * @returns the contents in the API's order, or what is wrong, as the end of a sentence
 */
export function parseListing(
  json: unknown,
): { readonly contents: readonly ListedContent[] } | { readonly wrong: string } {
  const parsed = listing.safeParse(json);
  if (parsed.success) return { contents: parsed.data };
  const [index, field] = parsed.error.issues[0]?.path ?? [];
  if (typeof index !== 'number') return { wrong: 'is not an array' };
  return {
    wrong: `has an entry (number ${index + 1}) without a proper ${field === undefined ? 'shape' : String(field)}`,
  };
}
