import { z } from 'zod';
import { operations } from './operations.ts';

const row = <Schema extends z.ZodType>(does: string, from: string, schema: Schema, off: z.output<Schema>) => ({
  does,
  from,
  schema,
  off,
});

const times = z.int().min(0).nullable();
const some = z.array(z.enum(operations)).optional();
const seconds = z.number().min(0);
const foreignPart = z.union([z.enum(['scheme', 'host', 'port', 'tenant']), z.url()]).nullable();

/**
 * Every misbehaviour that can be switched on. A row says what it does, which pitfall (section 7) or checklist item
 * (section 8) of the API's fact sheet it stands for, what it may be set to, and what it is when nobody set it.
 * `times` counts per tenant, or per content where the row says so; `null` is without end.
 */
export const switchTable = {
  'unknown-guids': row(
    'Whether a GUID that nobody added is a tenant all the same.',
    'convenience',
    z.enum(['refuse', 'welcome']),
    'refuse',
  ),
  'page-size': row('Contents on one page of a listing.', 'checklist: page size', z.int().min(1), 200),
  'lower-case-headers': row('Header names in lower case.', 'checklist; 6', z.boolean(), false),
  'empty-page-with-next': row('An empty page with NextPageUri before each page.', 'checklist; 17', z.boolean(), false),
  'stale-page-token': row('The next n page requests are AF20031.', '2.2; AF20031', z.int().min(0), 0),
  throttle: row(
    'After `after` calls, the next `times` calls are AF429.',
    'pitfall 3',
    z.strictObject({ after: z.int().min(0).default(0), times: times.default(null), operations: some }).nullable(),
    null,
  ),
  'throttle-answer': row(
    'Status of AF429, and seconds in Retry-After (`null`: no such header).',
    'pitfall 3; checklist',
    z.strictObject({
      status: z.union([z.literal(403), z.literal(429)]).default(403),
      retryAfterSeconds: z.int().min(0).nullable().default(null),
    }),
    { status: 403, retryAfterSeconds: null },
  ),
  quota: row('Calls a minute for a tenant and publisher.', 'section 3', z.int().min(0), 2000),
  'shared-quota': row('Calls a minute for all without PublisherIdentifier.', 'pitfall 4', z.int().min(0), 60),
  'start-throttle': row('Minutes between two starts of one subscription; 0 is off.', 'pitfall 2', seconds, 15),
  'start-already-enabled': row(
    'What a start of an enabled one gets.',
    'pitfall 1',
    z.enum(['AF20024', 'ok']),
    'AF20024',
  ),
  'latency-ms': row('Milliseconds before every answer of the API.', 'checklist: slow', z.number().min(0), 0),
  'audit-off': row('Start and list fail with "Tenant ... does not exist".', 'pitfall 5', z.boolean(), false),
  'subscription-disabled': row('An administrator disabled it: AF20023.', 'pitfall 20', z.boolean(), false),
  'roles-delay': row('Seconds after consent in which tokens have no roles.', 'pitfall 34', seconds, 0),
  'missing-roles': row('Roles that tokens do not carry.', 'pitfall 21; 4.7', z.array(z.string()), []),
  'app-disabled': row('The customer disabled the application: AADSTS7000112.', '4.7', z.boolean(), false),
  'token-lifetime': row('Seconds that a new token is good for.', 'pitfall 38', z.int().min(1), 3599),
  'content-status': row(
    'The first fetches of each content fail: 404 (AF20050), 500 (shape 3), 503; `html` for a page instead.',
    'pitfall 9; checklist',
    z
      .strictObject({
        status: z.union([z.literal(404), z.literal(500), z.literal(503)]),
        times: times.default(1),
        html: z.boolean().default(false),
      })
      .nullable(),
    null,
  ),
  'truncated-body': row(
    'The first fetches of each content stop half-way: as if it were whole (`clean`), or with the connection broken (`reset`).',
    'pitfall 8; checklist',
    z.strictObject({ how: z.enum(['clean', 'reset']), times: times.default(1) }).nullable(),
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
  'octet-stream': row('Contents as application/octet-stream.', '1.5; checklist', z.boolean(), false),
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
  'foreign-organization-id': row("A content's first record names another tenant.", 'pitfall 40', z.boolean(), false),
  'late-listed': row(
    'Every n-th content is listed that many seconds late, with its earlier contentCreated.',
    '1.9; checklist',
    z.strictObject({ seconds, every: z.int().min(1).default(1) }).nullable(),
    null,
  ),
  hanging: row(
    'The next calls are never answered.',
    'checklist: slow',
    z.strictObject({ times: times.default(null), operations: some }).nullable(),
    null,
  ),
  'internal-error': row(
    'The next calls are AF50000.',
    'pitfall 33',
    z.strictObject({ times: times.default(null), operations: some }).nullable(),
    null,
  ),
  'unauthorized-once': row('One call with a good token is 401.', 'pitfall 22, 38', z.boolean(), false),
  'date-skew': row('Seconds by which the Date header is off.', 'checklist: clock skew', z.number(), 0),
};

export type SwitchTable = typeof switchTable;
export type SwitchName = keyof SwitchTable;
/** What a switch may be set to. */
export type SwitchInput<Name extends SwitchName> = z.input<SwitchTable[Name]['schema']>;
/** What a switch is. */
export type SwitchValue<Name extends SwitchName> = z.output<SwitchTable[Name]['schema']>;

export const isSwitchName = (text: string): text is SwitchName => Object.hasOwn(switchTable, text);
