import { escapeHtml } from './escape-html.ts';
import { permissions } from './permissions.ts';

/** Somebody who can be chosen to sign in. */
export interface Account {
  readonly value: string;
  readonly says: string;
}

export interface ConsentForm {
  readonly action: string;
  readonly organization: string;
  readonly clientId: string;
  readonly accounts: readonly Account[];
  /** What the form sends back as it came. */
  readonly hidden: Readonly<Record<string, string>>;
}

const style =
  'body{font:16px/1.5 system-ui,sans-serif;background:#f2f2f2;color:#1b1b1b;margin:0}' +
  'main{max-width:30rem;margin:3rem auto;padding:2rem;background:#fff;box-shadow:0 2px 6px #0003}' +
  'h1{font-size:1.5rem}.note{color:#595959;font-size:.875rem}select{width:100%;font:inherit;padding:.4rem}' +
  'ul{padding-left:1.2rem}button{font:inherit;padding:.4rem 1.6rem;margin-right:.5rem}';

const page = (title: string, main: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
  `<title>${escapeHtml(title)}</title><style>${style}</style></head><body><main>` +
  `<p class="note">Simulator of Microsoft 365: nobody really signs in here.</p>` +
  `<h1>${escapeHtml(title)}</h1>${main}</main></body></html>`;

/** The page on which one chooses who signs in, sees what is asked, and accepts or cancels. */
export function consentPage(form: ConsentForm): string {
  const hidden = Object.entries(form.hidden)
    .map(([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`)
    .join('');
  const options = form.accounts
    .map(({ value, says }, index) => {
      const selected = index === 0 ? ' selected' : '';
      return `<option value="${escapeHtml(value)}"${selected}>${escapeHtml(says)}</option>`;
    })
    .join('');
  const asked = permissions
    .map(
      ({ name, resource, kind, says }) =>
        `<li><strong>${escapeHtml(says)}</strong><br><span class="note">${escapeHtml(`${name} · ${resource} · ${kind}`)}</span></li>`,
    )
    .join('');
  return page(
    'Permissions requested',
    `<p>The application <code id="client">${escapeHtml(form.clientId)}</code> asks for these permissions in ` +
      `<strong id="organization">${escapeHtml(form.organization)}</strong>:</p><ul id="permissions">${asked}</ul>` +
      `<form id="consent" method="post" action="${escapeHtml(form.action)}">${hidden}` +
      `<p><label for="account">Who signs in</label><select id="account" name="account">${options}</select></p>` +
      `<p><button id="accept" name="answer" value="accept">Accept</button>` +
      `<button id="cancel" name="answer" value="cancel">Cancel</button></p></form>`,
  );
}

/** The page for a sign-in that ends here. @param back where "return to the application" leads, if it may */
export const signInErrorPage = (title: string, text: string, back?: string): string =>
  page(
    title,
    `<p id="error">${escapeHtml(text)}</p>` +
      (back === undefined ? '' : `<p><a id="back" href="${escapeHtml(back)}">Return to the application</a></p>`),
  );
