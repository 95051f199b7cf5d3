import { html } from 'hono/html';

import type { Html, Page } from '../../pages/page.ts';
import { wayBack } from '../../pages/way-back.ts';
import type { Settings } from '../../settings.ts';
import type { Tenant } from '../../state/tenants.ts';
import { consolePage } from '../console-page.ts';
import type { ConsoleSession } from '../console-session.ts';
import { csrfField } from '../form.ts';
import { textField } from '../form-field.ts';

/** The form as it was sent, and why it was refused. */
export interface RefusedOffBoarding {
  readonly sentence: string;
  readonly name: string;
  readonly queue: string;
}

/** Asks once more before a customer is off-boarded, and says all that comes of it. */
export const offBoardPage = (
  { entra: { clientId } }: Settings,
  tenant: Tenant,
  session: ConsoleSession,
  refused?: RefusedOffBoarding,
): Promise<Page> =>
  consolePage(
    {
      title: `${refused === undefined ? '' : 'Not done: '}Off-board ${tenant.name}`,
      session,
      current: 'customers',
      status: refused === undefined ? 200 : 400,
    },
    html`
      <h1>Off-board ${tenant.name}?</h1>
      <p>Then, in this order:</p>
      <ol>
        <li>Nothing of the customer is listed any more, and invitation links are dead.</li>
        <li>What is queued is delivered, or dropped, as you choose below.</li>
        <li>The subscriptions at Microsoft are stopped: from then on nothing can be fetched.</li>
        <li>The customer, its feeds and its history are deleted here.</li>
      </ol>
      <p>
        What became of every content, and which records were delivered, is remembered until its retention ends: when the
        customer is added again, nothing arrives twice, and what Microsoft still has (seven days) is caught up; it keeps
        nothing from between then and now. What has been delivered stays where it is.
      </p>
      <h2>What the customer does</h2>
      <p>
        Off-boarding does not touch the consent: nobody uses it any more, but only an administrator of the customer
        takes it back. Best when the customer is gone from the list here, as subscriptions can be stopped only until
        then.
      </p>
      ${wayBack(clientId)}
      <h2>Do it</h2>
      <form method="post">
        ${csrfField(session)} ${queueChoice(tenant, refused)}
        ${textField(nameField(tenant, refused?.name), refused?.sentence)}
        <p class="actions">
          <button class="danger" type="submit">Off-board</button>
          <a class="button quiet" href="/console/tenants/${tenant.tenantId}">Keep it</a>
        </p>
      </form>
    `,
  );

const nameField = ({ name }: Tenant, typed = '') => ({
  name: 'name',
  label: 'Type the customer name to confirm',
  hint: `It is: ${name}`,
  most: 200,
  value: typed,
});

/** What leaves already can only be told to drop the rest. */
function queueChoice(tenant: Tenant, refused: RefusedOffBoarding | undefined): Html {
  if (tenant.state === 'leaving') {
    return html`<input type="hidden" name="queue" value="drop" />
      <p><strong>It is leaving already.</strong> This drops what is still queued: it counts as lost.</p>`;
  }
  const isDrop = refused?.queue === 'drop';
  return html`<fieldset>
    <legend>What is queued</legend>
    <div class="choice">
      <input type="radio" id="drain" name="queue" value="drain" ${isDrop ? '' : 'checked'} />
      <label for="drain">
        Deliver it first. Takes minutes as a rule, and as long as a destination is down; what is parked stays until its
        retention ends.
      </label>
    </div>
    <div class="choice">
      <input type="radio" id="drop" name="queue" value="drop" ${isDrop ? 'checked' : ''} />
      <label for="drop"
        >Drop it, and what is parked: the customer is gone within minutes, and all that counts as lost.</label
      >
    </div>
  </fieldset>`;
}
