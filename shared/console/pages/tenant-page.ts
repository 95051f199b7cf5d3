import { html } from 'hono/html';

import type { Page } from '../../pages/page.ts';
import { consolePage } from '../console-page.ts';
import type { ConsoleSession } from '../console-session.ts';
import type { TenantView } from '../tenant-view.ts';
import { completenessPicture } from './completeness-picture.ts';
import { pictureNumbers } from './picture-numbers.ts';
import { type RefusedForm, tenantActions } from './tenant-actions.ts';
import { tenantFeeds } from './tenant-feeds.ts';
import { tenantHistory } from './tenant-history.ts';
import { tenantParked } from './tenant-parked.ts';
import { tenantStanding } from './tenant-standing.ts';

/**
 * Everything about one customer.
 * @param asked.day to be told hour by hour
 * @param asked.refused a form that is shown again, with a status of 400
 */
export const tenantPage = (
  view: TenantView,
  session: ConsoleSession,
  { day, refused }: { readonly day?: string | undefined; readonly refused?: RefusedForm | undefined } = {},
): Promise<Page> =>
  consolePage(
    {
      title: `${refused === undefined ? '' : 'Not saved: '}${view.tenant.name}`,
      session,
      current: 'customers',
      status: refused === undefined ? 200 : 400,
    },
    html`
      <h1>${view.tenant.name}</h1>
      ${refused === undefined ? '' : html`<p class="wrong" role="alert">${refused.sentence}</p>`}
      ${tenantStanding(view)}
      ${
        view.tenant.consentedAt === undefined && view.account.every(({ hours }) => hours.length === 0)
          ? html`<h2>Feeds</h2>
              <p>Nothing is collected before an administrator of the customer has consented.</p>`
          : html`<h2>Feeds</h2>
              ${tenantFeeds(view.feeds, view.tenant.state)}
              <h2>The last seven days</h2>
              ${completenessPicture(view.account, view.span)} ${pictureNumbers(view.account, view.span, day)}
              <h2 id="parked">Parked</h2>
              ${tenantParked(view.parked, session)}`
      }
      ${
        session.role === 'Operator'
          ? html`<h2>Actions</h2>
              ${tenantActions(view.tenant, session, refused)}`
          : ''
      }
      <h2>History</h2>
      ${tenantHistory(view.history)}
    `,
  );
