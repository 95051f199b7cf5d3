import { html } from 'hono/html';

import type { Html } from '../../pages/page.ts';
import type { TenantState } from '../../state/tenants.ts';
import type { FeedDescription } from '../../tenants/describe-tenant.ts';
import { contentTypeWords } from '../../tenants/state-words.ts';
import { feedBadge } from '../state-badge.ts';
import { lengthInWords, moment } from '../times.ts';

/** The feeds of a customer: where each stands, how far it is behind and why, and what became of all that is remembered. */
export const tenantFeeds = (feeds: readonly FeedDescription[], tenantState: TenantState): Html => html`
  <div class="scroll" role="region" aria-label="Feeds" tabindex="0">
    <table class="stack">
      <caption>
        Counted as long as it is remembered. Lag: how old what has not arrived yet may be.
      </caption>
      <thead>
        <tr>
          <th scope="col" rowspan="2">Content type</th>
          <th scope="col" rowspan="2">State</th>
          <th scope="col" rowspan="2">Listed up to</th>
          <th scope="col" rowspan="2">Lag</th>
          <th scope="colgroup" colspan="4">Contents</th>
          <th scope="colgroup" colspan="3">Records</th>
        </tr>
        <tr>
          ${['queued', 'delivered', 'parked', 'lost', 'delivered', 'duplicates', 'parked'].map(
            (name) => html`<th scope="col" class="number">${name}</th>`,
          )}
        </tr>
      </thead>
      ${feeds.map((feed) => feedRows(feed, tenantState))}
    </table>
  </div>
`;

function feedRows(feed: FeedDescription, tenantState: TenantState): Html {
  const { contentType, state, position, lagSeconds, lagReason, gaps, contents, records } = feed;
  const why = lagReason === undefined ? [] : [html`${lagReason}`];
  const spans = gaps.map(({ from, to, why }) => html`Gap from ${moment(from)} to ${moment(to)}: ${why}`);
  return html`<tbody>
    <tr>
      <th scope="row">${contentType}<br /><span class="small soft">${contentTypeWords[contentType]}</span></th>
      <td data-name="State">${feedBadge(state, tenantState)}</td>
      <td data-name="Listed up to">${position === undefined ? 'not yet' : moment(position)}</td>
      <td data-name="Lag">${lagSeconds === undefined ? '' : lengthInWords(lagSeconds)}</td>
      ${count('Contents queued', contents.queued)} ${count('Contents delivered', contents.delivered)}
      ${count('Contents parked', contents.parked, 'bad')} ${count('Contents lost', contents.lost, 'bad')}
      ${count('Records delivered', records.delivered)} ${count('Duplicates dropped', records.duplicates)}
      ${count('Records parked', records.parked, 'bad')}
    </tr>
    ${[...why, ...spans].map(
      (sentence) =>
        html`<tr>
          <td colspan="11" class="small">${sentence}</td>
        </tr>`,
    )}
  </tbody>`;
}

/** @param tone of any but zero */
const count = (name: string, value: number, tone = ''): Html =>
  html`<td class="number ${value === 0 ? 'zero' : tone}" data-name="${name}">${value.toLocaleString('en')}</td>`;
