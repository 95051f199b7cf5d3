import type { ListedContent } from '../activity-api/activity-api.ts';
import { sha256 } from '../hash.ts';

/** A hash of what a listing held, whatever its order. Another address or expiry of a content changes it too. */
export const listingHash = (contents: readonly ListedContent[]): string =>
  sha256(
    contents
      .map((content) => JSON.stringify([content.id, content.uri, content.expires]))
      .toSorted()
      .join('\n'),
  );
