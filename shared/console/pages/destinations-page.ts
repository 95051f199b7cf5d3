import { html } from 'hono/html';

import type { Html, Page } from '../../pages/page.ts';
import { consolePage } from '../console-page.ts';
import type { ConsoleSession } from '../console-session.ts';
import type { DestinationsView, DestinationView } from '../destinations-view.ts';
import { csrfField } from '../form.ts';
import { badge } from '../state-badge.ts';
import { counted, moment } from '../times.ts';

/** Where records go: how each destination is, and how much is still owed to it. */
export const destinationsPage = (
  { destinations, credential, hours }: DestinationsView,
  session: ConsoleSession,
): Promise<Page> =>
  consolePage(
    { title: 'Destinations', session, current: 'destinations' },
    html`
      <h1>Destinations</h1>
      <dl class="facts">
        <div>
          <dt>Settings</dt>
          <dd>${badge('all right', 'good')}</dd>
        </div>
        <div>
          <dt>Our credential at Microsoft</dt>
          <dd>
            ${credential === undefined ? badge('works', 'good') : html`${badge('fails', 'bad')} ${credential} Nothing is listed or fetched meanwhile.`}
          </dd>
        </div>
      </dl>
      <div class="scroll" role="region" aria-label="Destinations" tabindex="0">
        <table class="stack">
          <caption>
            ${counted(destinations.length, 'destination')}; every record goes to each
          </caption>
          <thead>
            <tr>
              <th scope="col">Destination</th>
              <th scope="col">Type</th>
              <th scope="col">Health</th>
              <th scope="col" class="number">Backlog</th>
              <th scope="col">Last took a record</th>
              ${session.role === 'Operator' ? html`<th scope="col">Test</th>` : ''}
            </tr>
          </thead>
          <tbody>
            ${destinations.map((destination) => row(destination, session))}
          </tbody>
        </table>
      </div>
      <p class="hint">
        Backlog: contents that a destination has not got yet.
        ${
          hours.read < hours.open
            ? `Counted in the ${hours.read.toLocaleString('en')} oldest of ${hours.open.toLocaleString('en')} hours that have anything open: there may be more.`
            : ''
        }
        A content that waits for a destination which is down is kept, and delivered when it is up again.
      </p>
    `,
  );

const row = ({ name, type, trouble, backlog, lastTaken }: DestinationView, session: ConsoleSession): Html =>
  html`<tr>
    <th scope="row">${name}</th>
    <td data-name="Type">${type}</td>
    <td data-name="Health">
      ${trouble === undefined ? badge('works', 'good') : html`${badge('down', 'bad')} ${trouble}`}
    </td>
    <td class="number" data-name="Backlog">${counted(backlog, 'content')}</td>
    <td data-name="Last took a record">${lastTaken === undefined ? 'not noted' : moment(lastTaken)}</td>
    ${session.role === 'Operator' ? html`<td>${testForm(name, session)}</td>` : ''}
  </tr>`;

const testForm = (name: string, session: ConsoleSession): Html =>
  html`<form method="post">
    ${csrfField(session)}
    <input type="hidden" name="destination" value="${name}" />
    <button class="quiet" type="submit">Send a test record<span class="hidden"> to ${name}</span></button>
  </form>`;
