import { html } from 'hono/html';

import { knownError } from '../http/known-error.ts';
import type { Log } from '../log.ts';
import { messagePage } from '../pages/message-page.ts';
import type { Page } from '../pages/page.ts';
import { SettingsError } from '../settings.ts';
import type { ConsoleSession } from './console-session.ts';
import { consolePage } from './console-page.ts';

const title = 'This did not work';

/** What a page of the console shows instead when it fails: one sentence; what is not for the operator is for the log. */
export function failurePage(error: unknown, session: ConsoleSession | undefined, log: Log): Promise<Page> {
  const { status, message } = shown(error, log);
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

function shown(error: unknown, log: Log): { status: number; message: string } {
  // Who is not signed in yet is not told which of our settings are wrong.
  if (error instanceof SettingsError) {
    return { status: 503, message: 'The settings of this app are not right: the log says which, one sentence each.' };
  }
  const known = knownError(error);
  if (known?.status === 403) log.warn('form-refused', { code: known.code });
  if (known) return known;
  log.error('console-failed', { error: error instanceof Error ? error.message : 'unknown' });
  return { status: 500, message: 'Something failed on our side: try again, and read the log if it stays.' };
}
