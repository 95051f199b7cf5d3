import { html } from 'hono/html';

import type { Html, Page } from '../../pages/page.ts';
import { tenantStates } from '../../state/tenants.ts';
import type { TenantSummary } from '../../tenants/list-tenants.ts';
import { asksNothing } from '../../tenants/next-step.ts';
import { tenantWords } from '../../tenants/state-words.ts';
import { consolePage } from '../console-page.ts';
import type { ConsoleSession } from '../console-session.ts';
import { type CustomerList, type CustomerQuery, isTroubled, pageSize, sortings } from '../customer-list.ts';
import { stateBadge } from '../state-badge.ts';
import { counted, day, lengthInWords } from '../times.ts';

const filterWords = { trouble: 'wants a person', ...tenantWords } as const;

/** What was typed into the filter; may be what is refused. */
export type FilterForm = Readonly<Record<'q' | 'state' | 'sort', string>>;

/** All customers: where each stands, what to do next, how far behind it is. */
export const customersPage = (session: ConsoleSession, query: CustomerQuery, list: CustomerList): Promise<Page> =>
  consolePage(
    { title: 'Customers', session, current: 'customers' },
    html`
      ${heading(session)}
      ${list.all === 0 ? empty : html`${verdict(query, list)} ${totals(query, list)} ${filter(query)} ${table(query, list)}`}
    `,
  );

/** The same page for a filter that is not right. */
export const customersFilterPage = (session: ConsoleSession, form: FilterForm, wrong: string): Promise<Page> =>
  consolePage(
    { title: 'Customers', session, current: 'customers', status: 400 },
    html`${heading(session)} ${filter(form, wrong)}`,
  );

const heading = ({ role }: ConsoleSession): Html => html`
  <div class="heading">
    <h1>Customers</h1>
    ${role === 'Operator' ? html`<a class="button" href="/console/add">Add a customer</a>` : ''}
  </div>
`;

const empty = html`<p>No customer is here yet. The first one is added with a name and a tenant ID or domain.</p>`;

const address = (query: Partial<CustomerQuery>): string => {
  const { q = '', state = '', sort = 'trouble', page = 1 } = query;
  const parameters = new URLSearchParams({
    ...(q !== '' && { q }),
    ...(state !== '' && { state }),
    ...(sort !== 'trouble' && { sort }),
    ...(page > 1 && { page: String(page) }),
  }).toString();
  return parameters === '' ? '/console' : `/console?${parameters}`;
};

/** What whoever opens the page wants to know first. */
function verdict(query: CustomerQuery, { totals: counts, all }: CustomerList): Html {
  const troubled = counts.get('trouble') ?? 0;
  const ofAll = `of ${counted(all, 'customer')}`;
  if (troubled === 0) return html`<p class="verdict good">None ${ofAll} wants a person</p>`;
  const words = `${troubled.toLocaleString('en')} ${ofAll} ${troubled === 1 ? 'wants' : 'want'} a person`;
  return html`<p class="verdict bad">${totalLink(query, 'trouble', words)}</p>`;
}

const totals = (query: CustomerQuery, { totals: counts, all }: CustomerList): Html => html`
  <nav aria-label="Customers by state">
    <ul class="totals">
      <li>${totalLink(query, '', `all ${all.toLocaleString('en')}`)}</li>
      ${[...counts].map(([state, count]) =>
        count === 0 || state === 'trouble'
          ? ''
          : html`<li>${totalLink(query, state, `${filterWords[state]} ${count.toLocaleString('en')}`)}</li>`,
      )}
    </ul>
  </nav>
`;

const totalLink = ({ q, state: current, sort }: CustomerQuery, state: CustomerQuery['state'], words: string): Html =>
  html`<a href="${address({ q, state, sort })}" ${state === current ? html` aria-current="true"` : ''}>${words}</a>`;

const option = (value: string, words: string, chosen: string): Html =>
  html`<option value="${value}" ${value === chosen ? html` selected` : ''}>${words}</option>`;

const filter = ({ q, state, sort }: FilterForm, wrong?: string): Html => html`
  <form class="filter" method="get" action="/console" role="search">
    <div class="field broad">
      <label for="q">Name, domain or tenant ID</label>
      <input
        id="q"
        name="q"
        type="search"
        value="${q}"
        maxlength="200"
        ${wrong === undefined ? '' : html`aria-invalid="true" aria-describedby="filter-wrong"`}
      />
    </div>
    <div class="field">
      <label for="state">State</label>
      <select id="state" name="state">
        ${option('', 'any', state)} ${option('trouble', filterWords.trouble, state)}
        ${tenantStates.map((one) => option(one, tenantWords[one], state))}
      </select>
    </div>
    <div class="field">
      <label for="sort">Order</label>
      <select id="sort" name="sort">
        ${Object.entries(sortings).map(([one, words]) => option(one, words, sort))}
      </select>
    </div>
    <button type="submit">Show</button>
    ${wrong === undefined ? '' : html`<p class="wrong" id="filter-wrong">${wrong}</p>`}
  </form>
`;

function table(query: CustomerQuery, list: CustomerList): Html {
  if (list.matching === 0) {
    return html`<p>No customer matches. <a href="/console">Show all ${list.all.toLocaleString('en')}</a></p>`;
  }
  const first = (list.page - 1) * pageSize + 1;
  return html`
    <div class="scroll" role="region" aria-label="Customers" tabindex="0">
      <table class="stack">
        <caption>
          ${first.toLocaleString('en')} to ${(first + list.shown.length - 1).toLocaleString('en')} of
          ${counted(list.matching, 'customer')}. Records of today (UTC) are counted once all of their hour is through:
          those of the last hours may be missing.
        </caption>
        <thead>
          <tr>
            <th scope="col">Customer</th>
            <th scope="col">State</th>
            <th scope="col">Next step</th>
            <th scope="col" class="number">Lag</th>
            <th scope="col" class="number">Records today</th>
            <th scope="col" class="number">Added</th>
          </tr>
        </thead>
        <tbody>
          ${list.shown.map(row)}
        </tbody>
      </table>
    </div>
    ${list.pages === 1 ? '' : paging(query, list)}
  `;
}

/** Hundreds of customers who are well are not to be read. */
const brief = ({ nextStep }: TenantSummary): string => (asksNothing(nextStep) ? 'Nothing to do' : nextStep);

const row = (tenant: TenantSummary): Html => html`
  <tr>
    <th scope="row" class="customers">
      <a href="/console/tenants/${tenant.tenantId}">${tenant.name}</a><br />
      ${
        tenant.domain === undefined
          ? html`<code class="soft">${tenant.tenantId}</code>`
          : html`<span class="small soft">${tenant.domain}</span>`
      }
    </th>
    <td data-name="State">${stateBadge(tenant.state, tenant.nextStep)}</td>
    <td data-name="Next step"><span class="brief ${isTroubled(tenant) ? '' : 'soft'}">${brief(tenant)}</span></td>
    <td data-name="Lag" class="number">${tenant.lagSeconds === undefined ? '–' : lengthInWords(tenant.lagSeconds)}</td>
    <td data-name="Records today" class="number">${tenant.recordsToday.toLocaleString('en')}</td>
    <td data-name="Added" class="number spare">${day(tenant.addedAt)}</td>
  </tr>
`;

const paging = (query: CustomerQuery, { page, pages }: CustomerList): Html => html`
  <nav class="actions" aria-label="Pages of customers">
    ${page > 1 ? html`<a rel="prev" href="${address({ ...query, page: page - 1 })}">Page ${page - 1}</a>` : ''}
    <span aria-current="page">Page ${page} of ${pages}</span>
    ${page < pages ? html`<a rel="next" href="${address({ ...query, page: page + 1 })}">Page ${page + 1}</a>` : ''}
  </nav>
`;
