import { html } from 'hono/html';

import { knownError } from '../http/known-error.ts';
import type { Log } from '../log.ts';
import { messagePage } from '../pages/message-page.ts';
import type { Page } from '../pages/page.ts';
import { SettingsError } from '../settings.ts';
import { TenantError } from '../tenants/tenant-error.ts';
import type { ConsoleSession } from './console-session.ts';
import { consolePage } from './console-page.ts';

/** What a page of the console shows instead when it fails: one sentence; what is not for the operator is for the log. */
export function failurePage(error: unknown, session: ConsoleSession | undefined, log: Log): Promise<Page> {
  const { status, title = 'This did not work', message } = shown(error, log);
  if (session === undefined) return messagePage(status, title, message);
  return consolePage(
    { title, session, status },
    html`
      <h1>${title}</h1>
      <p>${message}</p>
      <p><a href="/console">All customers</a></p>
    `,
  );
}

function shown(error: unknown, log: Log): { status: number; title?: string; message: string } {
  // Who is not signed in yet is not told which of our settings are wrong.
  if (error instanceof SettingsError) {
    return { status: 503, message: 'The settings of this app are not right: the log says which, one sentence each.' };
  }
  // Nothing went wrong: whoever off-boarded a customer comes here from its page, or by an old link.
  if (error instanceof TenantError && error.code === 'tenant_not_found') {
    return {
      status: 404,
      title: 'This customer is not here',
      message: 'It has been off-boarded, or was never added. What was delivered of it stays where it is.',
    };
  }
  const known = knownError(error);
  if (known?.status === 403) log.warn('form-refused', { code: known.code });
  if (known) return known;
  log.error('console-failed', { error: error instanceof Error ? error.message : 'unknown' });
  return { status: 500, message: 'Something failed on our side: try again, and read the log if it stays.' };
}
