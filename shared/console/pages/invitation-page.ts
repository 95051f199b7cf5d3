import { html } from 'hono/html';

import type { Page } from '../../pages/page.ts';
import type { Settings } from '../../settings.ts';
import type { Tenant } from '../../state/tenants.ts';
import type { NewInvitation } from '../../tenants/invite.ts';
import { consolePage } from '../console-page.ts';
import type { ConsoleSession } from '../console-session.ts';
import { momentText, moment } from '../times.ts';

/**
 * What an operator does with a new invitation. Its secret is on this page only: nothing of it is stored but the hash.
 * @param isNew whether the customer has just been added, too
 */
export function invitationPage({
  session,
  settings,
  tenant,
  invitation,
  isNew = false,
}: {
  readonly session: ConsoleSession;
  readonly settings: Settings;
  readonly tenant: Pick<Tenant, 'tenantId' | 'name'>;
  readonly invitation: NewInvitation;
  readonly isNew?: boolean;
}): Promise<Page> {
  const title = isNew ? `${tenant.name} is added` : `A new link for ${tenant.name}`;
  const mail = mailText(settings, tenant, invitation);
  return consolePage(
    { title, session, current: 'customers' },
    html`
      <h1>${title}</h1>
      <p>
        Now an administrator of the customer gives consent: somebody who is Global Administrator or Privileged Role
        Administrator of tenant <code>${tenant.tenantId}</code>.
        ${isNew ? '' : 'The link that was sent before does not work any more.'}
      </p>
      <h2>Is that you?</h2>
      <p><a class="button" href="${invitation.url}">I am the administrator: continue to Microsoft</a></p>
      <h2>Or send this link</h2>
      <div class="field broad">
        <label for="link">Link for the administrator</label>
        <p class="hint" id="link-hint">
          Works until ${moment(invitation.expires)}, or until consent is given. It is shown here once: copy it now. A
          new one can be made at any time.
        </p>
        <input id="link" readonly value="${invitation.url}" aria-describedby="link-hint" />
      </div>
      <div class="field broad">
        <label for="mail">Text for a mail</label>
        <textarea id="mail" readonly rows="14">${mail.body}</textarea>
      </div>
      <p class="actions">
        <a class="button quiet" href="${mail.address}">Write the mail</a>
        <a href="/console/tenants/${tenant.tenantId}">${tenant.name}</a>
        <a href="/console">All customers</a>
      </p>
    `,
  );
}

function mailText(
  { operator }: Settings,
  tenant: Pick<Tenant, 'tenantId' | 'name'>,
  { url, expires }: NewInvitation,
): { body: string; address: string } {
  const subject = `${operator.name} asks for access to the audit logs of ${tenant.name}`;
  const body = [
    'Hello,',
    `${operator.name} asks for access to the Microsoft 365 audit logs of ${tenant.name}. Please open this link and sign in at Microsoft as an administrator (Global Administrator or Privileged Role Administrator) of the tenant ${tenant.tenantId}:`,
    url,
    `The page says who asks, what is asked and what is not, and how you take it back at any time. The link works until ${momentText(expires)}.`,
    operator.contact === undefined ? operator.name : `${operator.name}, ${operator.contact}`,
  ].join('\n\n');
  return { body, address: `mailto:?${mailQuery({ subject, body })}` };
}

/** A mail program takes a plus sign for one, so blanks are escaped; and lines end as in a mail. */
const mailQuery = (fields: Readonly<Record<string, string>>): string =>
  Object.entries(fields)
    .map(([name, value]) => `${name}=${encodeURIComponent(value.replaceAll('\n', '\r\n'))}`)
    .join('&');
