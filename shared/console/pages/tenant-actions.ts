import { html } from 'hono/html';

import { type ContentType, contentTypes } from '../../activity-api/content-types.ts';
import type { Html } from '../../pages/page.ts';
import type { Tenant } from '../../state/tenants.ts';
import { contentTypeWords } from '../../tenants/state-words.ts';
import type { ConsoleSession } from '../console-session.ts';
import { csrfField } from '../form.ts';
import { textField } from '../form-field.ts';

/** A form that was refused: why, and what was filled in, to be shown again. */
export interface RefusedForm {
  readonly sentence: string;
  readonly name?: string | undefined;
  readonly contentTypes?: readonly string[] | undefined;
}

/** What an operator may do about a customer. */
export function tenantActions(tenant: Tenant, session: ConsoleSession, refused: RefusedForm | undefined): Html {
  if (tenant.state === 'leaving') {
    return html`<p>
      It is being off-boarded.
      ${tenant.leaving === 'drain' ? html`<a href="/console/tenants/${tenant.tenantId}/off-board">Drop what is still queued …</a>` : ''}
    </p>`;
  }
  const isPaused = tenant.state === 'paused';
  // There is nothing to check or to pause yet.
  const isInvited = tenant.state === 'invited';
  return html`
    <form method="post" class="actions">
      ${csrfField(session)}
      <button class="quiet" type="submit" name="do" value="invite">New invitation</button>
      ${isInvited ? '' : html`<button class="quiet" type="submit" name="do" value="check">Check now</button>`}
      ${
        isPaused
          ? html`<button type="submit" name="do" value="resume">Resume</button>`
          : isInvited
            ? ''
            : html`<button class="quiet" type="submit" name="do" value="pause">Pause</button>`
      }
      <a class="button quiet" href="/console/tenants/${tenant.tenantId}/off-board">Off-board …</a>
    </form>
    <p class="small soft">
      A new invitation ends the link before it.
      ${
        isInvited
          ? ''
          : `“Check now” asks Microsoft at once what the consent is worth today. While paused, nothing is listed or
             fetched; Microsoft keeps contents for seven days.`
      }
    </p>
    <div class="columns">${nameForm(tenant, session, refused)} ${typesForm(tenant, session, refused)}</div>
  `;
}

const nameForm = (tenant: Tenant, session: ConsoleSession, refused: RefusedForm | undefined): Html => {
  const label = 'Customer name';
  const hint = 'Your own label; it travels with every record from now on.';
  const field = { name: 'name', label, hint, most: 200, value: refused?.name ?? tenant.name };
  return html`<form method="post">
    ${csrfField(session)} ${textField(field, refused?.name === undefined ? undefined : refused.sentence)}
    <button class="quiet" type="submit" name="do" value="rename">Rename</button>
  </form>`;
};

const typesForm = (tenant: Tenant, session: ConsoleSession, refused: RefusedForm | undefined): Html => {
  const chosen: readonly string[] = refused?.contentTypes ?? tenant.contentTypes;
  return html`<form method="post">
    ${csrfField(session)}
    <fieldset>
      <legend>Content types</legend>
      <p class="hint">
        A type that is switched off is no longer subscribed; what was queued of it is still delivered. Microsoft keeps
        nothing of a type for us until it is subscribed again, up to a quarter of an hour after it is switched on.
      </p>
      ${refused?.contentTypes === undefined ? '' : html`<p class="wrong">${refused.sentence}</p>`}
      ${contentTypes.map((type) => choice(type, chosen.includes(type)))}
    </fieldset>
    <button class="quiet" type="submit" name="do" value="choose-types">Save content types</button>
  </form>`;
};

const choice = (type: ContentType, isChosen: boolean): Html =>
  html`<div class="choice">
    <input type="checkbox" id="${type}" name="contentType" value="${type}" ${isChosen ? 'checked' : ''} />
    <label for="${type}">${type}<br /><span class="small soft">${contentTypeWords[type]}</span></label>
  </div>`;
