import { escapeHtml } from './escape-html.ts';

/** Somebody who can be chosen to sign in. */
export interface Account {
  readonly value: string;
  readonly says: string;
}

/** A form of the login: who signs in, and go on or cancel. */
export interface AccountForm {
  readonly id: string;
  readonly action: string;
  readonly accounts: readonly Account[];
  /** What the form sends back as it came. */
  readonly hidden: Readonly<Record<string, string>>;
  /** What the button says that goes on. */
  readonly accept: string;
}

const style =
  'body{font:16px/1.5 system-ui,sans-serif;background:#f2f2f2;color:#1b1b1b;margin:0}' +
  'main{max-width:30rem;margin:3rem auto;padding:2rem;background:#fff;box-shadow:0 2px 6px #0003}' +
  'h1{font-size:1.5rem}.note{color:#595959;font-size:.875rem}select{width:100%;font:inherit;padding:.4rem}' +
  'ul{padding-left:1.2rem}button{font:inherit;padding:.4rem 1.6rem;margin-right:.5rem}';

/** A page of the login around its main part, which is HTML. */
export const loginPage = (title: string, main: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
  `<title>${escapeHtml(title)}</title><style>${style}</style></head><body><main>` +
  `<p class="note">Simulator of Microsoft 365: nobody really signs in here.</p>` +
  `<h1>${escapeHtml(title)}</h1>${main}</main></body></html>`;

/** The first account is preselected. */
export function accountForm({ id, action, accounts, hidden, accept }: AccountForm): string {
  const inputs = Object.entries(hidden)
    .map(([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`)
    .join('');
  const options = accounts
    .map(({ value, says }, index) => {
      const selected = index === 0 ? ' selected' : '';
      return `<option value="${escapeHtml(value)}"${selected}>${escapeHtml(says)}</option>`;
    })
    .join('');
  return (
    `<form id="${id}" method="post" action="${escapeHtml(action)}">${inputs}` +
    `<p><label for="account">Who signs in</label><select id="account" name="account">${options}</select></p>` +
    `<p><button id="accept" name="answer" value="accept">${accept}</button>` +
    `<button id="cancel" name="answer" value="cancel">Cancel</button></p></form>`
  );
}

/** The page for a sign-in that ends here. @param back where "return to the application" leads, if it may */
export const signInErrorPage = (title: string, text: string, back?: string): string =>
  loginPage(
    title,
    `<p id="error">${escapeHtml(text)}</p>` +
      (back === undefined ? '' : `<p><a id="back" href="${escapeHtml(back)}">Return to the application</a></p>`),
  );
