import type { HttpRequest } from '@azure/functions';

import { ApiError } from '../http/api-error.ts';
import { checkLocalHost } from '../http/check-caller.ts';
import type { Settings } from '../settings.ts';

/**
 * A form is taken only from a page of our own. Browsers name the page that sends one; whoever does not is no browser, or
 * says at least that it is of the same origin.
 * @throws ApiError 403
 */
export function checkBrowser(settings: Settings, request: HttpRequest): void {
  checkLocalHost(settings, request);
  if (request.method === 'GET') return;
  const origin = request.headers.get('origin');
  const site = request.headers.get('sec-fetch-site');
  if (origin === settings.publicUrl || (origin === null && (site === null || site === 'same-origin'))) return;
  throw new ApiError(
    403,
    'foreign_origin',
    `This form was sent by another site: nothing was changed; open the console at ${settings.publicUrl}/console.`,
  );
}
