import { html } from 'hono/html';

import type { Html } from '../../pages/page.ts';
import type { Parked } from '../../pipeline/parked.ts';
import type { ConsoleSession } from '../console-session.ts';
import { csrfField } from '../form.ts';
import { moment } from '../times.ts';

const mostShown = 100;

/** What is parked of one customer, the oldest first, with the means to try it again. */
export function tenantParked(parked: readonly Parked[], session: ConsoleSession): Html {
  if (parked.length === 0) return html`<p>Nothing is parked.</p>`;
  const mayReplay = session.role === 'Operator' && parked.some(({ replayableUntil }) => replayableUntil !== null);
  return html`
    ${mayReplay ? replayAll(parked, session) : ''}
    <div class="scroll" role="region" aria-label="Parked" tabindex="0">
      <table class="stack">
        <caption>
          ${parked.length > mostShown ? `The ${mostShown} oldest of ` : ''}${parked.length.toLocaleString('en')} parked,
          the oldest first
        </caption>
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">Why</th>
            <th scope="col">First seen</th>
            <th scope="col">Replayable until</th>
            ${mayReplay ? html`<th scope="col">Replay</th>` : ''}
          </tr>
        </thead>
        <tbody>
          ${parked.slice(0, mostShown).map((entry) => row(entry, mayReplay ? session : undefined))}
        </tbody>
      </table>
    </div>
  `;
}

/** @param replayer who may replay; without one there is no column for it */
const row = (entry: Parked, replayer: ConsoleSession | undefined): Html =>
  html`<tr>
    <th scope="row">${named(entry)}</th>
    <td data-name="Why">${entry.reason}${lastError(entry)}</td>
    <td data-name="First seen">${moment(entry.firstSeen)}</td>
    <td data-name="Replayable until">
      ${entry.replayableUntil === null ? 'not replayable' : moment(entry.replayableUntil)}
    </td>
    ${replayer ? html`<td>${entry.replayableUntil === null ? '' : replayOne(entry, replayer)}</td>` : ''}
  </tr>`;

const named = ({ contentType, contentId, recordId }: Parked): Html =>
  html`${contentType} ${recordId === undefined ? '' : html`record <code>${recordId ?? 'without an Id'}</code> of`}
    content <code>${contentId}</code>`;

const lastError = ({ failures, lastError: error, reason }: Parked): Html =>
  error === reason
    ? html``
    : html`<br /><span class="small soft"
          >${failures > 1 ? `The last of ${failures} errors` : 'The error'}: ${error}</span
        >`;

const replayOne = ({ contentType, contentId }: Parked, session: ConsoleSession): Html =>
  html`<form method="post">
    ${csrfField(session)}
    <input type="hidden" name="do" value="replay" />
    <input type="hidden" name="contentType" value="${contentType ?? ''}" />
    <input type="hidden" name="contentId" value="${contentId}" />
    <button class="quiet" type="submit">Replay<span class="hidden"> content ${contentId}</span></button>
  </form>`;

function replayAll(parked: readonly Parked[], session: ConsoleSession): Html {
  const types = [...new Set(parked.map(({ contentType }) => contentType))].toSorted();
  return html`<form method="post" class="filter">
    ${csrfField(session)}
    <input type="hidden" name="do" value="replay" />
    <div class="field">
      <label for="replay-type">Content type</label>
      <select id="replay-type" name="contentType">
        <option value="">all</option>
        ${types.map((type) => html`<option>${type}</option>`)}
      </select>
    </div>
    <button type="submit">Replay all</button>
  </form>`;
}
