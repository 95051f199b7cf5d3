import { z } from 'zod';
import { row, some, times } from './row.ts';

const calls = { times: times.default(null), operations: some };

/** What goes wrong with calls of the API, whatever they ask for. `times` counts per tenant. */
export const answerSwitches = {
  throttle: row(
    'After `after` calls, the next `times` calls are AF429.',
    'pitfall 3',
    z.strictObject({ after: z.int().min(0).default(0), ...calls }).nullable(),
    null,
  ),
  'throttle-answer': row(
    'Status of AF429, and seconds in Retry-After (`null`: no such header), as a date if so switched; or its very text.',
    'pitfall 3; checklist; section 3',
    z.strictObject({
      status: z.union([z.literal(403), z.literal(429)]).default(403),
      retryAfterSeconds: z.int().nullable().default(null),
      asDate: z.boolean().default(false),
      retryAfterText: z.string().optional(),
    }),
    { status: 403, retryAfterSeconds: null, asDate: false },
  ),
  quota: row('Calls a minute for a tenant and publisher.', 'section 3', z.int().min(0), 2000),
  'shared-quota': row('Calls a minute for all without PublisherIdentifier.', 'pitfall 4', z.int().min(0), 60),
  'latency-ms': row('Milliseconds before every answer of the API.', 'checklist: slow; 7', z.number().min(0), 0),
  hanging: row('The next calls are never answered.', 'checklist: slow', z.strictObject(calls).nullable(), null),
  'broken-connection': row(
    'The next calls find their connection broken, without an answer.',
    '2.5, pitfall 27',
    z.strictObject(calls).nullable(),
    null,
  ),
  'internal-error': row(
    'The next calls are AF50000, or a sibling of it.',
    'pitfall 33; 2.3',
    z.strictObject({ code: z.enum(['AF50000', 'AF50005', 'AF50006']).default('AF50000'), ...calls }).nullable(),
    null,
  ),
  'broken-answer': row(
    'The next calls get what is no answer of the API: an HTML page, {"Message"}, or nothing, with any status, 200 too.',
    '2.1: shapes 3 and 4; 2.3: bare 408 and 503; checklist: HTML 503',
    z
      .strictObject({
        status: z.int().min(200).max(599).default(503),
        body: z.enum(['html', 'message', 'empty']).default('html'),
        ...calls,
      })
      .nullable(),
    null,
  ),
  refusal: row(
    'The next calls are refused with that code, documented or not; with status 200 as an object where an array is expected.',
    'pitfall 13, 21; 2.2; 2.3',
    z
      .strictObject({
        status: z.int().min(200).max(599).default(400),
        code: z.string(),
        message: z.string().default('The call was refused.'),
        ...calls,
      })
      .nullable(),
    null,
  ),
  redirect: row(
    'The next calls are sent to another origin with 302.',
    'checklist: contentUri on a foreign host',
    z.strictObject({ to: z.url(), ...calls }).nullable(),
    null,
  ),
  unauthorized: row(
    'The next calls with a good token are 401, in the other shape.',
    'pitfall 22, 38; checklist: 401 shape 2',
    z.strictObject({ times: times.default(1), operations: some }).nullable(),
    null,
  ),
  'audit-off': row(
    'Start and list fail with "Tenant ... does not exist"; `old-text`: in the wording of 2019.',
    'pitfall 5',
    z.union([z.boolean(), z.literal('old-text')]),
    false,
  ),
  'tenant-in-path': row(
    'Whether the path must name the tenant of the token; a content must in any case.',
    'pitfall 40; checklist: strict/lenient; 1',
    z.enum(['strict', 'lenient']),
    'strict',
  ),
  'wrong-content-type': row(
    "What Content-Type says of good answers; '' for no such header.",
    '1.5; checklist: octet-stream',
    z.string().nullable(),
    null,
  ),
  'header-names': row(
    'Letter case of header names: as written, lower-case, UPPER-CASE, or Capitalized.',
    'checklist; pitfall 6; 1.4',
    z.enum(['as-written', 'lower', 'upper', 'capitalized']),
    'as-written',
  ),
  'date-skew': row('Seconds by which the Date header is off.', 'checklist: clock skew', z.number(), 0),
};
