import { z } from 'zod';
import { row, seconds, times } from './row.ts';

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
};
