import type { Cloud, TenantAddress } from '../entra/clouds.ts';
import type { ListedContent } from './activity-api.ts';
import type { Caller } from './caller.ts';
import { checkAddress } from './check-address.ts';
import { parseListing } from './parse-listing.ts';
import { withPublisherIdentifier } from './publisher-identifier.ts';
import { readJson, wrongShape } from './read-json.ts';

/** A listing that goes on after this many pages goes in circles: one hour of a busy tenant has tens. */
const pageLimit = 1000;

/** Pages in a row without a content that was not on one before: an empty page may be followed by others, but not for ever. */
const fruitlessLimit = 100;

export interface PagesRequest {
  readonly tenant: TenantAddress;
  readonly cloud: Cloud;
  readonly publisherId: string;
  readonly subject: string;
  readonly idleTimeoutMs: number;
  /** The first page's address, asked right before it is sent. */
  readonly firstUrl: () => string;
}

/**
 * The pages of one listing. `NextPageUri` is followed as it is written until an answer lacks it; an empty page is not
 * the last one.
 *
 * @throws ActivityApiError, EntraError, the signal's reason
 */
export async function* listPages(
  call: Caller,
  request: PagesRequest,
  signal: AbortSignal,
): AsyncGenerator<readonly ListedContent[], void, undefined> {
  const { tenant, cloud, publisherId, subject, idleTimeoutMs } = request;
  const seen = new Set<string>();
  const contentIds = new Set<string>();
  let fruitless = 0;
  let url = request.firstUrl;
  while (true) {
    const answer = await call(
      { tenant, subject, use: 'listing', method: 'GET', url: () => withPublisherIdentifier(url(), publisherId) },
      signal,
    );
    const parsed = parseListing(await readJson(subject, answer, idleTimeoutMs, signal));
    if ('wrong' in parsed) throw wrongShape(subject, answer.status, parsed.wrong);
    const next = answer.header('nextpageuri')?.trim() ?? '';
    yield parsed.contents;
    if (next === '') return;
    const known = contentIds.size;
    for (const { id } of parsed.contents) contentIds.add(id);
    fruitless = contentIds.size > known ? 0 : fruitless + 1;
    if (fruitless >= fruitlessLimit) {
      throw wrongShape(subject, answer.status, `brings nothing new for the ${fruitlessLimit}th page in a row`);
    }
    if (seen.has(next)) throw wrongShape(subject, answer.status, 'leads back to a page that was read before');
    seen.add(next);
    if (seen.size >= pageLimit) throw wrongShape(subject, answer.status, `does not end after ${pageLimit} pages`);
    checkAddress(next, 'next page', tenant, cloud);
    url = () => next;
  }
}
