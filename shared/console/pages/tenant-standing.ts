import { html } from 'hono/html';

import type { Html } from '../../pages/page.ts';
import { activityPermission, dlpPermission } from '../../pages/permission-list.ts';
import type { Tenant } from '../../state/tenants.ts';
import { nextStep } from '../../tenants/next-step.ts';
import { stateBadge } from '../state-badge.ts';
import type { TenantView } from '../tenant-view.ts';
import { moment } from '../times.ts';

const roleWords: Record<string, string> = {
  'ActivityFeed.Read': `“${activityPermission}”: without it only DLP.All can be collected.`,
  'ActivityFeed.ReadDlp': `“${dlpPermission}”: without it DLP.All cannot be collected, all else can.`,
};

/** Where a customer stands, in words: what to do next, who it is, who consented, what is missing. */
export const tenantStanding = ({ tenant, feeds, now }: TenantView): Html => html`
  <div class="panel">
    <p>${stateBadge(tenant.state, nextStep(tenant, feeds, now))} ${nextStep(tenant, feeds, now)}</p>
    ${
      tenant.nextCheckAt !== undefined && tenant.nextCheckAt > now && tenant.state !== 'paused'
        ? html`<p class="small">
            Microsoft is asked again at ${moment(tenant.nextCheckAt)}, or when an operator presses “Check now”.
          </p>`
        : ''
    }
    ${missingRoles(tenant)}
  </div>
  <dl class="facts">
    <div>
      <dt>Tenant ID</dt>
      <dd><code>${tenant.tenantId}</code></dd>
    </div>
    ${
      tenant.domain === undefined
        ? ''
        : html`<div>
            <dt>Domain</dt>
            <dd>${tenant.domain}</dd>
          </div>`
    }
    <div>
      <dt>Cloud</dt>
      <dd>${tenant.cloud}</dd>
    </div>
    <div>
      <dt>Consent</dt>
      <dd>${consent(tenant)}</dd>
    </div>
    ${invitation(tenant, now)}
    <div>
      <dt>Added</dt>
      <dd>${moment(tenant.addedAt)}</dd>
    </div>
  </dl>
`;

const consent = ({ consentedAt, consentedBy }: Tenant): Html =>
  consentedAt === undefined
    ? html`not given yet`
    : html`${moment(consentedAt)}${consentedBy === undefined ? '' : html`, confirmed by ${consentedBy}`}`;

/** Until when the link that was made last can be used, as long as nobody has. */
const invitation = ({ invitationHash, invitationExpires: end }: Tenant, now: number): Html | '' =>
  invitationHash === undefined || end === undefined
    ? ''
    : html`<div>
        <dt>Invitation link</dt>
        <dd>${end <= now ? 'expired' : 'works until'} ${moment(end)}</dd>
      </div>`;

const missingRoles = ({ missingRoles: roles = [] }: Tenant): Html =>
  roles.length === 0
    ? html``
    : html`<p>The consent lacks ${roles.length === 1 ? 'a permission' : 'these permissions'}:</p>
        <ul>
          ${roles.map((role) => html`<li><code>${role}</code> ${roleWords[role] ?? ''}</li>`)}
        </ul>`;
