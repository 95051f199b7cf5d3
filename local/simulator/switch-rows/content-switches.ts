import { z } from 'zod';
import { row, times } from './row.ts';

/** What goes wrong when a content is fetched. `times` counts per content. */
export const contentSwitches = {
  'content-status': row(
    'The first fetches of each content fail, or of the first one of each hour (`head`): 400 is AF20052, 404 AF20050, 500 shape 3, ' +
      '408 bare, others an HTML page; `code` for another code, `html` for a page instead.',
    'pitfall 9, 16, 19; checklist',
    z
      .strictObject({
        status: z.int().min(400).max(599),
        code: z.string().optional(),
        times: times.default(1),
        html: z.boolean().default(false),
        only: z.enum(['all', 'head']).default('all'),
      })
      .nullable(),
    null,
  ),
  'truncated-body': row(
    'The first fetches of each content stop half-way: as if it were whole (`clean`), with the connection broken (`reset`), ' +
      'or without anything more (`stall`).',
    'pitfall 8; checklist',
    z.strictObject({ how: z.enum(['clean', 'reset', 'stall']), times: times.default(1) }).nullable(),
    null,
  ),
  'invalid-json': row(
    'The first fetches of each content are no JSON, from the start or only at the end.',
    'checklist',
    z.strictObject({ where: z.enum(['start', 'end']).default('start'), times: times.default(1) }).nullable(),
    null,
  ),
  'pretty-printed': row('Contents over many lines.', 'checklist: bodies', z.boolean(), false),
  'body-object': row('A content of one record is the record itself, no array.', '1.5', z.boolean(), false),
  'foreign-organization-id': row("A content's first record names another tenant.", 'pitfall 40', z.boolean(), false),
  'repeated-records': row(
    'A content ends with its first record once more (`same`), or begins with the last one of the content before it (`next`).',
    'pitfall 26; checklist: duplicate Ids',
    z.enum(['same', 'next']).nullable(),
    null,
  ),
  'reordered-properties': row(
    "A record's properties come in another order with each fetch.",
    'pitfall 12',
    z.boolean(),
    false,
  ),
};
