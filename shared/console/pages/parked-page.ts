import { html } from 'hono/html';

import type { Html, Page } from '../../pages/page.ts';
import { consolePage } from '../console-page.ts';
import type { ConsoleSession } from '../console-session.ts';
import { csrfField } from '../form.ts';
import type { ParkedGroup, ParkedTenant, ParkedView } from '../parked-view.ts';
import { counted, moment } from '../times.ts';

const groupsOnPage = 50;

/** How many pages a view takes; one if it is empty. */
export const pagesOf = ({ tenants }: ParkedView): number =>
  Math.max(1, Math.ceil(tenants.reduce((sum, { groups }) => sum + groups.length, 0) / groupsOnPage));

/** What is parked of all customers, by customer and reason. @param number of the page, from 1 */
export const parkedPage = (view: ParkedView, session: ConsoleSession, number: number): Promise<Page> =>
  consolePage(
    { title: 'Parked', session, current: 'parked' },
    html`
      <h1>Parked</h1>
      <p>
        What was taken out of the way with a reason: contents that could not be fetched or read, and single records that
        a destination refused. Nothing of it is lost while it can be replayed.
      </p>
      ${view.tenants.length === 0 ? html`<p>Nothing is parked.</p>` : tables(view, session, number)}
      ${
        view.hours.read < view.hours.open
          ? html`<p class="hint">
              The ${view.hours.read.toLocaleString('en')} oldest of ${view.hours.open.toLocaleString('en')} hours that
              have anything open were looked through; a customer’s own page shows all of it.
            </p>`
          : ''
      }
    `,
  );

function tables(view: ParkedView, session: ConsoleSession, number: number): Html {
  const shown = new Set(
    view.tenants.flatMap(({ groups }) => groups).slice((number - 1) * groupsOnPage, number * groupsOnPage),
  );
  const tenants = view.tenants
    .map((tenant) => ({ ...tenant, groups: tenant.groups.filter((group) => shown.has(group)) }))
    .filter(({ groups }) => groups.length > 0);
  return html`
    <div class="scroll" role="region" aria-label="Parked" tabindex="0">
      <table class="stack">
        <caption>
          ${counted(view.tenants.length, 'customer')}, page ${number} of ${pagesOf(view)}
        </caption>
        <thead>
          <tr>
            <th scope="col">Content type</th>
            <th scope="col">Why</th>
            <th scope="col" class="number">How many</th>
            <th scope="col">Oldest</th>
            <th scope="col">Replayable until</th>
            ${session.role === 'Operator' ? html`<th scope="col">Replay</th>` : ''}
          </tr>
        </thead>
        ${tenants.map((tenant) => tenantRows(tenant, session))}
      </table>
    </div>
    ${pageLinks(number, pagesOf(view))}
  `;
}

const tenantRows = (tenant: ParkedTenant, session: ConsoleSession): Html => html`
  <tbody>
    <tr>
      <th scope="rowgroup" colspan="5">${heading(tenant)}</th>
      ${session.role === 'Operator' ? html`<td>${isReplayable(tenant) ? replay(tenant, undefined, session) : ''}</td>` : ''}
    </tr>
    ${tenant.groups.map((group) => groupRow(tenant, group, session))}
  </tbody>
`;

const heading = ({ tenantId, name }: ParkedTenant): Html => {
  if (tenantId === null) return html`Messages that nobody can read`;
  return name === undefined
    ? html`Off-boarded tenant <code>${tenantId}</code>`
    : html`<a href="/console/tenants/${tenantId}#parked">${name}</a>`;
};

const isReplayable = ({ name, groups }: ParkedTenant): boolean =>
  name !== undefined && groups.some(({ replayableUntil }) => replayableUntil !== undefined);

const groupRow = (tenant: ParkedTenant, group: ParkedGroup, session: ConsoleSession): Html =>
  html`<tr>
    <td data-name="Content type">${group.contentType ?? ''}</td>
    <td data-name="Why">${group.reason}</td>
    <td class="number" data-name="How many">${howMany(group)}</td>
    <td data-name="Oldest">${moment(group.oldest)}</td>
    <td data-name="Replayable until">
      ${group.replayableUntil === undefined ? 'not replayable' : moment(group.replayableUntil)}
    </td>
    ${
      session.role === 'Operator'
        ? html`<td>${group.replayableUntil === undefined ? '' : replay(tenant, group, session)}</td>`
        : ''
    }
  </tr>`;

const howMany = ({ contents, records }: ParkedGroup): string =>
  [contents > 0 ? counted(contents, 'content') : '', records > 0 ? counted(records, 'record') : '']
    .filter((text) => text !== '')
    .join(', ');

const replay = ({ tenantId, name }: ParkedTenant, group: ParkedGroup | undefined, session: ConsoleSession): Html =>
  html`<form method="post">
    ${csrfField(session)}
    <input type="hidden" name="tenantId" value="${tenantId}" />
    <input type="hidden" name="contentType" value="${group?.contentType ?? ''}" />
    <input type="hidden" name="group" value="${group?.key ?? ''}" />
    <button class="quiet" type="submit">
      ${group === undefined ? 'Replay all' : 'Replay'}<span class="hidden">
        of ${name} ${group?.contentType ?? ''}</span
      >
    </button>
  </form>`;

const pageLinks = (number: number, pages: number): Html =>
  pages === 1
    ? html``
    : html`<nav class="actions" aria-label="Pages">
        ${number > 1 ? html`<a rel="prev" href="?page=${number - 1}">Previous page</a>` : ''}
        ${number < pages ? html`<a rel="next" href="?page=${number + 1}">Next page</a>` : ''}
      </nav>`;
