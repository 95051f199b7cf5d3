import { z } from 'zod';

import { contentTypes } from '../activity-api/content-types.ts';

/** Fields of a tenant as a person fills them in, in a form or in a body of `/api`. A message completes "… is not right: it". */

/** The customer name. */
export const nameField = z
  .string('must be text')
  .trim()
  .min(1, 'must not be empty')
  .max(200, 'must be at most 200 characters long')
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must be one line of text');

/** Names a tenant; whether there is one, Microsoft is asked. */
export const tenantField = z
  .string('must be text')
  .trim()
  .min(1, 'must be a tenant ID or a domain')
  .max(253, 'must be a tenant ID or a domain');

/** The content types that are to be collected, in the order in which the API names them. */
export const contentTypesField = z
  .array(z.enum(contentTypes, `must be of ${contentTypes.join(', ')}`), 'must be a list of content types')
  .min(1, 'must keep at least one content type: pause or off-board the customer to stop all')
  .transform((chosen) => contentTypes.filter((type) => chosen.includes(type)));
