import { html } from 'hono/html';

import { operatorFooter } from '../../pages/operator-footer.ts';
import { page, type Page } from '../../pages/page.ts';
import type { Settings } from '../../settings.ts';

/** The door of the console. @param returnTo path that is shown after sign-in */
export const signInPage = (settings: Settings, returnTo: string): Promise<Page> =>
  page(
    { title: 'Sign in · Audit Relay', formTarget: settings.clouds[settings.cloud]?.loginUrl },
    html`
      <h1>Audit Relay: the console of ${settings.operator.name}</h1>
      <p>It is for the people of ${settings.operator.name}, who look after the audit logs of their customers here.</p>
      <form method="post" action="/console/sign-in">
        <input type="hidden" name="return" value="${returnTo}" />
        <button type="submit">Sign in with Microsoft</button>
      </form>
      <p class="soft">You administer a customer’s organisation? Open the link that you were sent instead.</p>
      ${operatorFooter(settings)}
    `,
  );

/** Somebody came back from Microsoft and may not come in: why, and how to go on. */
export const signInRefusedPage = (status: number, title: string, sentence: string): Promise<Page> =>
  page(
    { status, title: `${title} · Audit Relay` },
    html`
      <h1>${title}</h1>
      <p>${sentence}</p>
      <p><a href="/console/sign-in">Sign in again</a></p>
    `,
  );
