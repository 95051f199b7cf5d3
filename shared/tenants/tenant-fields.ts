import { z } from 'zod';

import { contentTypes } from '../activity-api/content-types.ts';

/** Fields of a tenant as a person fills them in, in a form or in a body of `/api`. A message completes "… is not right: it". */

/** What breaks a line somewhere, turns text round or is half a character: a name is shown in pages, records and mails. */
const unsuited = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

/** Something that a person can see, and type again where a customer is off-boarded. */
const visible = /[\p{L}\p{N}\p{P}\p{S}]/u;

/** The customer name. */
export const nameField = z
  .string('must be text')
  .trim()
  .min(1, 'must not be empty')
  .max(200, 'must be at most 200 characters long')
  .refine((name) => !unsuited.test(name), 'must be one line of text')
  .refine((name) => name === '' || visible.test(name), 'must have a letter or a digit');

/** Names a tenant; whether there is one, Microsoft is asked. */
export const tenantField = z
  .string('must be text')
  .trim()
  .min(1, 'must not be empty')
  .max(253, 'must be a tenant ID or a domain');

/** The content types that are to be collected, in the order in which the API names them. */
export const contentTypesField = z
  .array(z.enum(contentTypes, `must be of ${contentTypes.join(', ')}`), 'must be a list of content types')
  .min(1, 'must keep at least one content type: pause or off-board the customer to stop all')
  .transform((chosen) => contentTypes.filter((type) => chosen.includes(type)));
