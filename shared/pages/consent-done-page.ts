import { html } from 'hono/html';

import type { Settings } from '../settings.ts';
import type { FeedDescription } from '../tenants/describe-tenant.ts';
import type { Tenant } from '../state/tenants.ts';
import { operatorFooter } from './operator-footer.ts';
import { page, type Page } from './page.ts';

const words: Record<FeedDescription['state'], string> = {
  starting: 'starting',
  active: 'flowing',
  'permission-missing': 'permission missing',
  disabled: 'disabled at Microsoft',
  stopped: 'stopped',
};

/** The closing page: consent is given, and how each content type is coming along. */
export const consentDonePage = (
  settings: Settings,
  tenant: Tenant,
  feeds: readonly Pick<FeedDescription, 'contentType' | 'state'>[],
): Promise<Page> =>
  page(
    { title: 'Thank you' },
    html`
      <h1>Thank you: ${settings.operator.name} can now read the audit logs of ${tenant.name}</h1>
      <p>
        ${
          tenant.state === 'active'
            ? 'Microsoft has confirmed your consent.'
            : 'Microsoft is applying your consent, which takes some minutes. You need not wait for it.'
        }
      </p>
      <dl>
        ${feeds.map(
          (feed) =>
            html`<dt>${feed.contentType}</dt>
              <dd>${words[feed.state]}</dd>`,
        )}
      </dl>
      ${settings.returnUrl === undefined ? '' : html`<p><a href="${settings.returnUrl}">Back to the portal</a></p>`}
      ${operatorFooter(settings)}
    `,
  );
