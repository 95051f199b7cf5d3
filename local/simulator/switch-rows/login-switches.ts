import { z } from 'zod';
import { row, seconds, times } from './row.ts';

const refusedOnPage = (as: 'page' | 'redirect') =>
  z
    .strictObject({
      code: z.int(),
      error: z.string().default('access_denied'),
      text: z.string().default('It was refused.'),
      as: z.enum(['page', 'redirect']).default(as),
      times: times.default(null),
    })
    .nullable();

/** What goes wrong at Entra. */
export const loginSwitches = {
  'unknown-guids': row(
    'Whether a GUID that nobody added is a tenant all the same.',
    'convenience',
    z.enum(['refuse', 'welcome']),
    'refuse',
  ),
  'roles-delay': row('Seconds after consent in which tokens have no roles.', 'pitfall 34', seconds, 0),
  'missing-roles': row('Roles that tokens do not carry.', 'pitfall 21; 4.7', z.array(z.string()), []),
  'app-disabled': row('The customer disabled the application: AADSTS7000112.', '4.7', z.boolean(), false),
  'token-lifetime': row('Seconds that a new token is good for.', 'pitfall 38', z.int().min(1), 3599),
  'token-refused': row(
    'The next tokens are refused with that AADSTS code.',
    '4.5; checklist: all AADSTS',
    z
      .strictObject({
        code: z.int(),
        error: z.string().default('invalid_request'),
        status: z.int().min(400).max(599).default(400),
        times: times.default(null),
      })
      .nullable(),
    null,
  ),
  'consent-refused': row(
    'Whoever consents is refused with that AADSTS code: by a redirect to the application, or by a page that leads nowhere.',
    '4.4; 4.5; checklist: all AADSTS',
    refusedOnPage('redirect'),
    null,
  ),
  'sign-in-refused': row(
    'Whoever signs in is refused with that AADSTS code: by a page that leads nowhere, or by a redirect to the application.',
    '4.5; checklist: all AADSTS',
    refusedOnPage('page'),
    null,
  ),
  'code-refused': row(
    'The next codes are not redeemed: refused with that AADSTS code, or answered by an HTML page of that status (`page`), or not at all (`hang`).',
    '4.5',
    z
      .strictObject({
        code: z.int().default(70008),
        error: z.string().default('invalid_grant'),
        status: z.int().min(200).max(599).default(400),
        as: z.enum(['json', 'page', 'hang']).default('json'),
        times: times.default(null),
      })
      .nullable(),
    null,
  ),
  'forged-id-token': row(
    'Claims that ID tokens have instead of theirs; a claim that is `null` is left out, and `none` leaves out the token.',
    '4.8: defence 3',
    z.union([z.literal('none'), z.record(z.string(), z.unknown())]).nullable(),
    null,
  ),
};
