import { html } from 'hono/html';

import { type Html, page, type Page } from '../pages/page.ts';
import type { ConsoleSession } from './console-session.ts';
import { csrfField } from './form.ts';
import type { Notice } from './notice.ts';

const places = {
  customers: 'Customers',
  parked: 'Parked',
  destinations: 'Destinations',
  sessions: 'Sessions',
} as const;

const paths: Record<Place, string> = {
  customers: '/console',
  parked: '/console/parked',
  destinations: '/console/destinations',
  sessions: '/console/sessions',
};

/** A page that the console's navigation leads to. */
export type Place = keyof typeof places;

/**
 * A page of the console: who is signed in, where to go, what was just done, then the page itself.
 * @param head.current the place that the page belongs to
 * @param main begins with an `h1`
 */
export const consolePage = (
  {
    title,
    session,
    current,
    status,
  }: {
    readonly title: string;
    readonly session: ConsoleSession;
    readonly current?: Place;
    readonly status?: number;
  },
  main: Html,
): Promise<Page> =>
  page(
    {
      title: `${title} · Audit Relay`,
      header: header(session, current),
      ...(status === undefined ? {} : { status }),
    },
    html` ${session.notice === undefined ? '' : noticeLine(session.notice)} ${main} `,
  );

const noticeLine = ({ text, tone }: Notice): Html =>
  tone === 'good'
    ? html`<p class="notice" role="status">${text}</p>`
    : html`<p class="notice bad" role="alert">${text}</p>`;

const header = (session: ConsoleSession, current: Place | undefined): Html => html`
  <header class="top">
    <p class="brand">Audit Relay</p>
    <nav aria-label="Console">
      <ul>
        ${(Object.keys(places) as Place[]).map(
          (place) =>
            html`<li>
              <a href="${paths[place]}" ${place === current ? html` aria-current="page"` : ''}>${places[place]}</a>
            </li>`,
        )}
      </ul>
    </nav>
    <form class="who" method="post" action="/console/sign-out">
      ${csrfField(session)}
      <span>${session.name} (${session.role})</span>
      <button class="quiet" type="submit">Sign out</button>
    </form>
  </header>
`;
