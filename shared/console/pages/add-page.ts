import { html } from 'hono/html';

import { auditSwitch } from '../../pages/audit-switch.ts';
import type { Page } from '../../pages/page.ts';
import { consolePage } from '../console-page.ts';
import type { ConsoleSession } from '../console-session.ts';
import { csrfField } from '../form.ts';
import { textField, type Wrong } from '../form-field.ts';

/** Names of the fields, as the page shows them. */
export const addLabels = { name: 'Customer name', tenant: 'Tenant ID or domain' } as const;

/** What was filled in, as it was sent. */
export type AddForm = Readonly<Record<keyof typeof addLabels, string>>;

/**
 * The form for a new customer, with the two things beside it that are looked for elsewhere.
 * @param refused status, what is wrong with the form as it was sent, and the customer that is here already, if it is that
 */
export const addPage = (
  session: ConsoleSession,
  filledIn: AddForm = { name: '', tenant: '' },
  refused?: { readonly status: number; readonly wrong: Wrong<keyof AddForm>; readonly hereAs?: string | undefined },
): Promise<Page> =>
  consolePage(
    {
      title: `${refused === undefined ? '' : 'Not saved: '}Add a customer`,
      session,
      current: 'customers',
      ...(refused && { status: refused.status }),
    },
    html`
      <h1>Add a customer</h1>
      ${refused?.wrong.form === undefined ? '' : html`<p class="wrong" role="alert">${refused.wrong.form}</p>`}
      <div class="columns">
        <form method="post" action="/console/add">
          ${csrfField(session)}
          ${textField(
            {
              name: 'name',
              label: addLabels.name,
              value: filledIn.name,
              hint: 'Your own label. The customer’s administrator and your destinations see it too.',
              most: 200,
            },
            refused?.wrong.name,
          )}
          ${textField(
            {
              name: 'tenant',
              label: addLabels.tenant,
              value: filledIn.tenant,
              hint: 'For example 11111111-2222-3333-4444-555555555555, or contoso.com.',
              most: 253,
            },
            refused?.wrong.tenant,
          )}
          ${
            refused?.hereAs === undefined
              ? ''
              : html`<p><a href="/console/tenants/${refused.hereAs}">Open the customer that is here</a></p>`
          }
          <button type="submit">Save</button>
        </form>
        <div>
          <h2>Where the tenant ID is found</h2>
          <p>
            The customer opens the
            <a href="https://entra.microsoft.com" rel="noreferrer">Microsoft Entra admin center</a>, Overview: it says
            “Tenant ID”. Any domain of the organisation that is verified at Microsoft does as well, such as the part of
            an e-mail address behind the @.
          </p>
          <h2>How auditing is switched on</h2>
          <p>
            In most organisations it is. If it is off, the list of customers says so, and an administrator switches it
            on:
          </p>
          ${auditSwitch}
        </div>
      </div>
    `,
  );
