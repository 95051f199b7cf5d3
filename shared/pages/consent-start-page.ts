import { html } from 'hono/html';

import type { Settings } from '../settings.ts';
import type { Tenant } from '../state/tenants.ts';
import { operatorFooter } from './operator-footer.ts';
import { page, type Page } from './page.ts';

/** The page behind an invitation: who asks, for which organisation, what will be granted; one button. */
export const consentStartPage = (settings: Settings, tenant: Tenant, invite: string): Promise<Page> =>
  page(
    {
      title: `${settings.operator.name} asks for access to audit logs`,
      formTarget: settings.clouds[tenant.cloud]?.loginUrl,
    },
    html`
      <h1>${settings.operator.name} asks for access to the audit logs of ${tenant.name}</h1>
      <p>
        The button takes you to Microsoft. Sign in there as an administrator of the organisation with the tenant ID
        <code>${tenant.tenantId}</code> and accept these four permissions:
      </p>
      <dl>
        <dt>Read activity data for your organisation</dt>
        <dd>Who did what and when: sign-ins, changes and file access, as Microsoft 365 records them.</dd>
        <dt>Read DLP policy events including detected sensitive data</dt>
        <dd>What your data loss prevention rules found. These events can hold the text that was found.</dd>
        <dt>Read service health information for your organisation</dt>
        <dd>Whether Microsoft’s services had an outage.</dd>
        <dt>Sign in and read user profile</dt>
        <dd>Your own name and organisation, when you sign in here.</dd>
      </dl>
      <p>Nothing can be changed with them, and mailboxes and files cannot be opened.</p>
      <form method="post" action="/consent/start">
        <input type="hidden" name="invite" value="${invite}" />
        <button type="submit">Continue to Microsoft</button>
      </form>
      <p>
        You can take the permissions back at any time: in the Microsoft Entra admin center, under Enterprise
        applications, delete the application.
      </p>
      ${operatorFooter(settings)}
    `,
  );
