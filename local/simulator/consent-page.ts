import { escapeHtml } from './escape-html.ts';
import type { AccountForm } from './login-page.ts';
import { accountForm, loginPage } from './login-page.ts';
import { permissions } from './permissions.ts';

export interface ConsentForm extends Pick<AccountForm, 'action' | 'accounts' | 'hidden'> {
  readonly organization: string;
  readonly clientId: string;
}

/** The page on which one chooses who signs in, sees what is asked, and accepts or cancels. */
export function consentPage({ organization, clientId, ...form }: ConsentForm): string {
  const asked = permissions
    .map(
      ({ name, resource, kind, says }) =>
        `<li><strong>${escapeHtml(says)}</strong><br><span class="note">${escapeHtml(`${name} · ${resource} · ${kind}`)}</span></li>`,
    )
    .join('');
  return loginPage(
    'Permissions requested',
    `<p>The application <code id="client">${escapeHtml(clientId)}</code> asks for these permissions in ` +
      `<strong id="organization">${escapeHtml(organization)}</strong>:</p><ul id="permissions">${asked}</ul>` +
      accountForm({ ...form, id: 'consent', accept: 'Accept' }),
  );
}
