import type { HttpHandler, HttpRequest, HttpResponseInit } from '@azure/functions';

import { ApiError } from '../http/api-error.ts';
import { functionLog } from '../http/function-log.ts';
import { seeOther } from '../http/see-other.ts';
import { type Relay, relayOfProcess } from '../relay.ts';
import type { OperatorRole } from '../state/sessions.ts';
import { checkBrowser } from './check-browser.ts';
import { type ConsoleSession, findSession } from './console-session.ts';
import { failurePage } from './failure-page.ts';
import { checkCsrf } from './form.ts';
import { forgetNotice } from './notice.ts';
import { signInPath } from './return-path.ts';

/**
 * Wraps a page of the console: lets in who is signed in and may do this, gives it the relay, and turns whatever it throws
 * into a page with one sentence. Anyone who is signed in may look (GET); changing things (POST) needs an Operator.
 * @param options.needs another role than that
 */
export const consoleHandler =
  (
    handle: (relay: Relay, request: HttpRequest, session: ConsoleSession) => Promise<HttpResponseInit>,
    { needs }: { readonly needs?: OperatorRole } = {},
  ): HttpHandler =>
  async (request, context) => {
    const log = functionLog(context);
    let session: ConsoleSession | undefined;
    try {
      const relay = relayOfProcess(log);
      const changes = request.method !== 'GET';
      checkBrowser(relay.settings, request);
      session = await findSession(relay, request.headers.get('cookie'));
      if (session === undefined)
        return seeOther(relay.settings.publicUrl + signInPath(changes ? undefined : request.url));
      if (changes) await checkCsrf(session, request);
      checkRole(session, needs ?? (changes ? 'Operator' : 'Reader'));
      return withoutNotice(session, await handle(relay, request, session));
    } catch (error) {
      return await failurePage(error, session, log);
    }
  };

function checkRole({ role }: ConsoleSession, needs: OperatorRole): void {
  if (needs === 'Reader' || role === 'Operator') return;
  throw new ApiError(
    403,
    'operator_needed',
    'You may look at everything here and change nothing: ask for the app role Operator to do this.',
  );
}

/** A notice is said once, by the first page after it. */
const withoutNotice = ({ notice }: ConsoleSession, answer: HttpResponseInit): HttpResponseInit =>
  notice === undefined || answer.status === 303
    ? answer
    : { ...answer, cookies: [...(answer.cookies ?? []), forgetNotice()] };
