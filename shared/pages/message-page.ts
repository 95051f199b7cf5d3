import { html } from 'hono/html';

import { page, type Page } from './page.ts';

/** A page that says one thing: what went wrong and what to do. */
export const messagePage = (status: number, title: string, sentence: string): Promise<Page> =>
  page(
    { status, title },
    html`
      <h1>${title}</h1>
      <p>${sentence}</p>
    `,
  );
