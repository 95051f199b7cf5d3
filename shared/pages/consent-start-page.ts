import { html } from 'hono/html';

import type { InvitedTenant } from '../consent/invited-tenant.ts';
import { moment } from '../console/times.ts';
import type { Settings } from '../settings.ts';
import { operatorFooter } from './operator-footer.ts';
import { type Html, page, type Page } from './page.ts';
import { permissionList } from './permission-list.ts';
import { wayBack } from './way-back.ts';

/**
 * The page behind an invitation. A wary administrator finds on it who asks, for which organisation, what will be granted
 * and what not, what happens then, and how to take it back; and one button.
 * @param invite the secret of the link; `undefined` if this browser starts again
 */
export const consentStartPage = (
  settings: Settings,
  { tenant, expires }: Pick<InvitedTenant, 'tenant' | 'expires'>,
  invite: string | undefined,
): Promise<Page> => {
  const { operator, entra } = settings;
  return page(
    {
      title: `${operator.name} asks for access to audit logs`,
      formTarget: settings.clouds[tenant.cloud]?.loginUrl,
    },
    html`
      <h1>${operator.name} asks for access to the audit logs of ${tenant.name}</h1>
      <p>
        All that is asked for are permissions to read. No mailbox or file can be opened with them and nothing can be
        changed, and you can take them back at any time. They are granted at Microsoft, by an administrator of your
        organisation: this page never asks for a password.
      </p>
      ${whoAndForWhom(settings, tenant)}
      <h2>What you grant</h2>
      <p>
        Microsoft will show you the permissions by these names; an operator may leave out the one for service health.
      </p>
      ${permissionList}
      <h2>What you do not grant</h2>
      <ul>
        <li>Nothing in your tenant can be changed: no user, no setting, no device.</li>
        <li>
          No e-mail, file, chat or calendar can be opened. The log says that a file was opened, not what is in it.
        </li>
        <li>No password is seen. You sign in at Microsoft, and afterwards nobody acts in your name.</li>
      </ul>
      <h2>How to take it back</h2>
      ${wayBack(entra.clientId)}
      <h2>What happens when you continue</h2>
      <ol>
        <li>
          You sign in at Microsoft as an administrator: Global Administrator or Privileged Role Administrator (an
          Application Administrator or Cloud Application Administrator may do it, too).
        </li>
        <li>
          Microsoft shows the application and the permissions. Compare them with this page, then accept or cancel.
        </li>
        <li>
          You sign in once more, mostly unseen: it proves that the consent came from your organisation. Your name and
          the time are kept with it.
        </li>
        <li>
          From then on the audit records of your organisation flow to ${operator.name}, within minutes, until consent is
          withdrawn; at first those of up to seven days back.
        </li>
      </ol>
      <form method="post" action="/consent/start">
        ${invite === undefined ? '' : html`<input type="hidden" name="invite" value="${invite}" />`}
        <p class="actions"><button type="submit">Continue to Microsoft</button></p>
      </form>
      <p class="soft small">
        This link works until ${moment(expires)}, or until consent is given. Opening it does not use it up, and you may
        cancel at Microsoft and come back.
      </p>
      ${operatorFooter(settings)}
    `,
  );
};

const whoAndForWhom = ({ operator, entra }: Settings, tenant: InvitedTenant['tenant']): Html => html`
  <dl class="panel">
    <dt>Who asks</dt>
    <dd>
      ${operator.name}${operator.contact === undefined ? '' : html`, ${operator.contact}`}${
        operator.privacyUrl === undefined ? '' : html` (<a href="${operator.privacyUrl}">how it handles your data</a>)`
      }
    </dd>
    <dt>For which organisation</dt>
    <dd>
      ${tenant.name} is the operator’s name for it. What counts is the tenant ID: <code>${tenant.tenantId}</code>
      <p class="hint">
        Compare it with yours: Microsoft Entra admin center (entra.microsoft.com), Overview, Tenant ID. If it differs,
        do not go on.
      </p>
    </dd>
    <dt>Which application</dt>
    <dd>
      Application (client) ID <code>${entra.clientId}</code>
      <p class="hint">
        Compare it, too: it stands in the address of Microsoft’s page (client_id), and afterwards in the properties of
        the enterprise application.
      </p>
    </dd>
  </dl>
`;
