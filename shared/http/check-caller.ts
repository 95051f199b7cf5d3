import type { HttpRequest } from '@azure/functions';

import type { Settings } from '../settings.ts';
import { isLoopback } from '../settings/web-address.ts';
import { ApiError } from './api-error.ts';

/**
 * On a laptop no key is asked for, so no web page may use `/api`: neither under a name that it made point here, nor by
 * a form or script that sends something here. Anywhere, a body is JSON.
 * @throws ApiError 403, 415
 */
export function checkCaller(settings: Settings, request: HttpRequest): void {
  if (isLocal(settings)) checkLocalCaller(settings, request);
  const type = request.headers.get('content-type');
  if (request.method !== 'GET' && type !== null && !isJson(type)) throw notJson();
}

/** @param type value of the header `content-type` */
export const isJson = (type: string): boolean => type.split(';')[0]?.trim().toLowerCase() === 'application/json';

export const notJson = (): ApiError =>
  new ApiError(415, 'not_json', 'Send the body as application/json: set the header content-type.');

const isLocal = ({ publicUrl }: Settings): boolean => isLoopback(new URL(publicUrl).hostname);

/**
 * On a laptop no name that a web page made point here is served.
 * @throws ApiError 403
 */
export function checkLocalHost(settings: Settings, request: HttpRequest): void {
  if (!isLocal(settings)) return;
  const host = request.headers.get('host') ?? '';
  if (!URL.canParse(`http://${host}`) || !isLoopback(new URL(`http://${host}`).hostname)) {
    throw new ApiError(
      403,
      'foreign_host',
      'This address serves only requests to localhost: use the address that was printed at start.',
    );
  }
}

function checkLocalCaller(settings: Settings, request: HttpRequest): void {
  checkLocalHost(settings, request);
  const origin = request.headers.get('origin');
  // Browsers name the page that sends something; programs send no such header.
  const ours = [settings.publicUrl, `http://${request.headers.get('host') ?? ''}`];
  if (request.method === 'GET' || origin === null || ours.includes(origin)) return;
  throw new ApiError(403, 'foreign_origin', 'Another web page sent this request: send it from a program or from here.');
}
