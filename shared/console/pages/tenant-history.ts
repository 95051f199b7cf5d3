import { html } from 'hono/html';

import type { Html } from '../../pages/page.ts';
import type { HistoryEntry } from '../../state/history.ts';
import { moment } from '../times.ts';

/** What happened to a customer, the newest first. */
export const tenantHistory = (history: readonly HistoryEntry[]): Html =>
  history.length === 0
    ? html`<p>Nothing has happened yet.</p>`
    : html`<div class="scroll" role="region" aria-label="History" tabindex="0">
        <table class="stack">
          <caption>
            The newest first
          </caption>
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">What</th>
              <th scope="col">By whom</th>
            </tr>
          </thead>
          <tbody>
            ${history.map(
              ({ at, what, by }) =>
                html`<tr>
                  <td data-name="When">${moment(at)}</td>
                  <td data-name="What">${what}</td>
                  <td data-name="By">${by}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>`;
