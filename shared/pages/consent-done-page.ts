import { html } from 'hono/html';

import { feedBadge } from '../console/state-badge.ts';
import { moment } from '../console/times.ts';
import type { Settings } from '../settings.ts';
import type { Tenant, TenantState } from '../state/tenants.ts';
import { contentTypeWords } from '../tenants/state-words.ts';
import type { FeedDescription } from '../tenants/describe-tenant.ts';
import { auditSwitch } from './audit-switch.ts';
import { operatorFooter } from './operator-footer.ts';
import { type Html, page, type Page } from './page.ts';
import { dlpPermission, activityPermission } from './permission-list.ts';
import { wayBack } from './way-back.ts';

/** How often the page looks again while something is starting, seconds, and for how long, milliseconds. */
const refreshSeconds = 10;
const refreshForMs = 15 * 60_000;

type FeedStanding = Pick<FeedDescription, 'contentType' | 'state'>;

/**
 * The closing page: who confirmed the consent, and how each content type is coming along. That it can be read is said only
 * when our own token has shown so: who signs in here need not have accepted anything. The page looks again by itself for
 * a quarter of an hour, as long as something is starting.
 * @param now milliseconds since the epoch
 */
export async function consentDonePage(
  settings: Settings,
  tenant: Tenant,
  feeds: readonly FeedStanding[],
  now: number,
): Promise<Page> {
  const { operator, returnUrl, entra } = settings;
  const isStarting = tenant.state === 'waiting' || feeds.some(({ state }) => state === 'starting');
  const isGranted = tenant.state === 'active' && tenant.trouble === undefined;
  const news = isGranted ? 'can now read the audit logs of' : 'has your confirmation for';
  const refreshes = isStarting && now < (tenant.consentedAt ?? 0) + refreshForMs;
  const made = await page(
    { title: `Thank you: consent for ${tenant.name}` },
    html`
      <h1>Thank you: ${operator.name} ${news} ${tenant.name}</h1>
      <p>
        ${tenant.consentedBy === undefined ? '' : html`Confirmed by ${tenant.consentedBy}`}${
          tenant.consentedBy === undefined || tenant.consentedAt === undefined
            ? ''
            : html`, ${moment(tenant.consentedAt)}.`
        }
        ${standing[tenant.state] ?? standing.active}
      </p>
      ${tenant.state === 'audit-off' ? auditSwitch : ''}
      <h2>How each part of the log is coming along</h2>
      ${
        tenant.state === 'active' && feeds.some(({ state }) => state === 'starting')
          ? html`<p>
              Microsoft needs some minutes to start a part, and up to twelve hours where nobody has read it before.
            </p>`
          : ''
      }
      <dl class="panel">
        ${feeds.map(
          (feed) =>
            html`<dt>${feed.contentType}</dt>
              <dd>${feedBadge(feed.state, tenant.state)} ${contentTypeWords[feed.contentType]} ${hintOf(feed)}</dd>`,
        )}
      </dl>
      <p class="soft small">
        ${
          refreshes
            ? `This page looks again every ${refreshSeconds} seconds. You may close it: everything goes on without you.`
            : 'You may close this page: everything goes on without you.'
        }
      </p>
      ${
        returnUrl === undefined
          ? ''
          : html`<p class="actions"><a class="button" href="${returnUrl}">Back to the portal</a></p>`
      }
      <h2>How to take it back</h2>
      ${wayBack(entra.clientId)} ${operatorFooter(settings)}
    `,
  );
  return refreshes ? { ...made, headers: { ...made.headers, refresh: String(refreshSeconds) } } : made;
}

const standing: Partial<Record<TenantState, string>> & { readonly active: string } = {
  active: 'Microsoft has confirmed your consent.',
  waiting:
    'Microsoft does not show us the consent yet: after “Accept” that takes some minutes. You need not wait for it.',
  'audit-off':
    'One thing is missing: the audit log of your organisation is switched off, so there is nothing to read yet.',
  'permission-missing':
    'Microsoft gives the application fewer permissions than you were asked for: ask the operator for a new link and accept all of them.',
  'consent-withdrawn': 'Since then it has been withdrawn: ask the operator for a new link if that was not intended.',
  'app-disabled':
    'Since then the application was disabled in your organisation: enable it in the Microsoft Entra admin center, Enterprise apps, Properties.',
  gone: 'Microsoft does not find your organisation, or its audit service, at the moment: ask the operator.',
  paused: 'The operator has paused the collection, so nothing flows at the moment.',
};

/** Which permission a content type lacks, by the name that the administrator saw. */
function hintOf({ contentType, state }: FeedStanding): Html | '' {
  if (state !== 'permission-missing') return '';
  const name = contentType === 'DLP.All' ? dlpPermission : activityPermission;
  return html`<p class="hint">It needs “${name}”. The other parts flow without it.</p>`;
}
