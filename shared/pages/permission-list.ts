import { html } from 'hono/html';

import type { Html } from './page.ts';

/** Microsoft's own names of the two that content types need. */
export const activityPermission = 'Read activity data for your organization';
export const dlpPermission = 'Read DLP policy events including detected sensitive data';

/** What the application asks for, by the names that Microsoft's consent page shows, and what each means. */
const permissions: readonly { readonly name: string; readonly means: string }[] = [
  {
    name: activityPermission,
    means:
      'Who did what and when, as Microsoft 365 records it: sign-ins, changes by administrators, access to mailboxes and files. Names of people and files, and subjects of messages, appear in it.',
  },
  {
    name: dlpPermission,
    means:
      'What your data loss prevention rules found. Of all these this one tells most: such an event can hold the text that was found.',
  },
  {
    name: 'Read service health information for your organization',
    means: 'Whether services of Microsoft 365 had an outage.',
  },
  {
    name: 'Sign in and read user profile',
    means: 'Your own name and organisation, once, when you sign in here.',
  },
];

/** The permissions in plain words. */
export const permissionList: Html = html`
  <dl>
    ${permissions.map(
      ({ name, means }) =>
        html`<dt>${name}</dt>
          <dd>${means}</dd>`,
    )}
  </dl>
`;
