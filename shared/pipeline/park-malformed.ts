import type { ListedContent } from '../activity-api/activity-api.ts';
import type { Hour } from '../activity-api/hours.ts';
import type { FeedId } from '../state/feed-key.ts';
import { printBatch } from './batch-message.ts';
import type { Pipeline } from './pipeline.ts';

// Real ones are some 300 long. However many of so many characters are escaped, they fit into one message (48 kB), and a
// hundred contents into one transaction (4 MiB).
const longestText = 3_000;

// Two that JSON leaves as they are and XML, which messages travel in, cannot write.
const unsafe = /[\ufffe\uffff]/;

const isStorableText = (text: string): boolean =>
  text.length <= longestText && text.isWellFormed() && !unsafe.test(text);

const isStorable = (content: ListedContent): boolean => isStorableText(content.id) && isStorableText(content.uri);

/**
 * Parks what a listing holds but neither the ledger nor a message can, each with its text, so that it stops none of its
 * neighbours.
 * @returns the other contents
 * @throws StorageError
 */
export async function parkMalformed(
  { malformed, clock, log }: Pick<Pipeline, 'malformed' | 'clock' | 'log'>,
  feed: FeedId,
  hour: Hour,
  listed: readonly ListedContent[],
): Promise<ListedContent[]> {
  const { tenantId, contentType } = feed;
  const contents: ListedContent[] = [];
  for (const content of listed) {
    if (isStorable(content)) {
      contents.push(content);
      continue;
    }
    const text = printBatch({ tenantId, contentType, hour, attempt: 1, contents: [content] });
    const reason = 'The API listed a content whose id or address cannot be stored: nobody fetched it.';
    await malformed.park({ text, reason }, clock.now());
  }
  const parked = listed.length - contents.length;
  if (parked > 0) log.error('contents-malformed', { tenantId, contentType, hour, contents: parked });
  return contents;
}
