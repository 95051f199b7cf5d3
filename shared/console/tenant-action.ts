import { z } from 'zod';

import { contentTypes } from '../activity-api/content-types.ts';
import { ApiError } from '../http/api-error.ts';
import { replayParked } from '../pipeline/replay-parked.ts';
import type { Relay } from '../relay.ts';
import { changeTenant } from '../tenants/change-tenant.ts';
import { checkNow } from '../tenants/check-now.ts';
import type { Actor } from '../tenants/note-history.ts';
import { contentTypesField, nameField } from '../tenants/tenant-fields.ts';
import type { RefusedForm } from './pages/tenant-actions.ts';
import { replayNotice } from './replay-notice.ts';

/** One thing that an operator does to one tenant. */
interface Action {
  readonly relay: Relay;
  readonly tenantId: string;
  readonly form: URLSearchParams;
  readonly by: Actor;
}

/** What was done, as one sentence, or the form to be shown again. */
type Outcome = string | RefusedForm;

const actions: Record<string, (action: Action) => Promise<Outcome>> = {
  async check({ relay, tenantId, by }) {
    await checkNow(relay, tenantId, by);
    return 'Microsoft is asked again within minutes; a subscription that was started a short while ago, up to 15 minutes after that.';
  },
  async pause({ relay, tenantId, by }) {
    await changeTenant(relay, tenantId, { paused: true }, by);
    return 'Paused: nothing is listed or fetched until it is resumed.';
  },
  async resume({ relay, tenantId, by }) {
    await changeTenant(relay, tenantId, { paused: false }, by);
    return 'Resumed: it is listed with the next cycle.';
  },
  async rename({ relay, tenantId, form, by }) {
    const given = form.get('name') ?? '';
    const name = nameField.safeParse(given);
    if (!name.success) return { name: given, sentence: `The customer name ${why(name.error)}.` };
    const { name: now } = await changeTenant(relay, tenantId, { name: name.data }, by);
    return `The customer is called ${now} from now on.`;
  },
  async 'choose-types'({ relay, tenantId, form, by }) {
    const given = form.getAll('contentType');
    const chosen = contentTypesField.safeParse(given);
    if (!chosen.success) return { contentTypes: given, sentence: `The choice of content types ${why(chosen.error)}.` };
    await changeTenant(relay, tenantId, { contentTypes: chosen.data }, by);
    return `Content types are saved: ${chosen.data.join(', ')}.`;
  },
  async replay({ relay, tenantId, form, by }) {
    return replayNotice(await replayParked(relay, { tenantId, ...readReplay(form) }, by));
  },
};

const why = (error: z.ZodError): string => error.issues[0]?.message ?? 'is not right';

const replayFields = z.object({
  contentType: z.enum(contentTypes, '"contentType" must be a content type').optional(),
  contentIds: z
    .array(z.string().max(3000, '"contentId" is longer than any content id'))
    .max(1000, '"contentId" is there too often')
    .optional(),
});

/**
 * Which parked contents a form means: a field that is missing or empty means all.
 * @throws ApiError 400
 */
export function readReplay(form: URLSearchParams): z.infer<typeof replayFields> {
  const contentIds = form.getAll('contentId').filter((id) => id !== '');
  const [contentType] = form.getAll('contentType').filter((type) => type !== '');
  const parsed = replayFields.safeParse({
    contentType,
    contentIds: contentIds.length > 0 ? contentIds : undefined,
  });
  if (parsed.success) return parsed.data;
  throw new ApiError(400, 'invalid_form', `${why(parsed.error)}: use the buttons of the page.`);
}

/**
 * Does what the button of a form on a customer's page says.
 * @throws ApiError 400 if there is no such button, and what the action throws
 */
export async function tenantAction(action: Action): Promise<Outcome> {
  const wanted = Object.entries(actions).find(([name]) => name === action.form.get('do'));
  if (wanted) return wanted[1](action);
  throw new ApiError(400, 'unknown_action', 'The form does not say what to do: use the buttons of the page.');
}
