import { z } from 'zod';
import { row, seconds } from './row.ts';

const foreignPart = z.union([z.enum(['scheme', 'host', 'port', 'tenant']), z.url()]).nullable();

/** What goes wrong when contents are listed. */
export const listingSwitches = {
  'page-size': row('Contents on one page of a listing.', 'checklist: page size', z.int().min(1), 200),
  'empty-page-with-next': row('An empty page with NextPageUri before each page.', 'checklist; 17', z.boolean(), false),
  'stale-page-token': row('The next n page requests are AF20031.', '2.2; AF20031', z.int().min(0), 0),
  'endless-pages': row(
    'NextPageUri on the last page too, and on every empty one after it: a `new` one each time, or the `same`.',
    '1.4',
    z.enum(['new', 'same']).nullable(),
    null,
  ),
  'next-page-style': row(
    'How NextPageUri is written: with PublisherIdentifier or not, which version, which letter case.',
    'pitfall 4, 6; 1.4',
    z.strictObject({
      publisher: z.boolean().default(false),
      version: z.enum(['v1.0', 'v1']).default('v1.0'),
      parameter: z.enum(['nextPage', 'nextpage']).default('nextPage'),
    }),
    { publisher: false, version: 'v1.0', parameter: 'nextPage' },
  ),
  'repeated-on-next-page': row("Each page begins with the last page's last content.", '1.4', z.boolean(), false),
  'unsorted-listing': row('Each page has its newest content first.', '1.4; 17', z.boolean(), false),
  'foreign-content-uri': row(
    'contentUri that leads elsewhere: in that part, or to that origin.',
    'checklist; 19',
    foreignPart,
    null,
  ),
  'foreign-next-page-uri': row(
    'NextPageUri that leads elsewhere: in that part, or to that origin.',
    'checklist; 1.4',
    foreignPart,
    null,
  ),
  'late-listed': row(
    'Every n-th content is listed that many seconds late, with its earlier contentCreated.',
    '1.9; checklist',
    z.strictObject({ seconds, every: z.int().min(1).default(1) }).nullable(),
    null,
  ),
  'expiry-days': row(
    'Days from contentCreated to contentExpiration: 21 has been seen; with 0 they are listed when they have expired.',
    'pitfall 16; 1.5; checklist: expiry',
    z.number().min(0).nullable(),
    null,
  ),
  'partial-contents': row(
    'A content that a window cuts into is listed with its records of that window only, under an id of its own.',
    '1.4: a content is not immutable under different windows',
    z.boolean(),
    false,
  ),
};
