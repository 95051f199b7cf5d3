import { z } from 'zod';

import { knownError } from '../http/known-error.ts';
import type { Page } from '../pages/page.ts';
import type { Relay } from '../relay.ts';
import { addTenant, TenantExistsError } from '../tenants/add-tenant.ts';
import { nameField, tenantField } from '../tenants/tenant-fields.ts';
import type { ConsoleSession } from './console-session.ts';
import { wrongFields } from './form-field.ts';
import { type AddForm, addLabels, addPage } from './pages/add-page.ts';
import { invitationPage } from './pages/invitation-page.ts';

const fields = z.object({ name: nameField, tenant: tenantField });

/** Refusals that are about the tenant that was named. */
const ofTenant = new Set(['tenant_exists', 'invalid_tenant', 'unknown_tenant', 'wrong_cloud', 'consumer_tenant']);

/**
 * Adds the customer of a form. Whatever is refused comes back filled in, with one sentence.
 * Sending it again, as a refreshed answer does, finds the customer there already.
 */
export async function addFromForm(relay: Relay, form: URLSearchParams, session: ConsoleSession): Promise<Page> {
  const filledIn: AddForm = { name: form.get('name') ?? '', tenant: form.get('tenant') ?? '' };
  const parsed = fields.safeParse(filledIn);
  if (!parsed.success) {
    return addPage(session, filledIn, { status: 400, wrong: wrongFields(parsed.error, addLabels) });
  }
  try {
    const added = await addTenant(relay, parsed.data, session.name);
    return await invitationPage({ session, settings: relay.settings, ...added, isNew: true });
  } catch (error) {
    const known = knownError(error);
    if (known === undefined) throw error;
    const { status, code, message } = known;
    const hereAs = error instanceof TenantExistsError ? error.tenantId : undefined;
    const wrong = ofTenant.has(code) ? { tenant: message } : { form: message };
    return addPage(session, filledIn, { status, wrong, hereAs });
  }
}
