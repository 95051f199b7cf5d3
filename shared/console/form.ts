import { timingSafeEqual } from 'node:crypto';

import type { HttpRequest } from '@azure/functions';
import { html } from 'hono/html';

import { ApiError } from '../http/api-error.ts';
import { readText } from '../http/read-body.ts';
import type { Html } from '../pages/page.ts';
import type { ConsoleSession } from './console-session.ts';

const read = new WeakMap<HttpRequest, Promise<URLSearchParams>>();

/**
 * The fields of a form that was sent here. A body can be read only once, and both the handler's check and the page want
 * it, so it is kept with its request.
 * @throws ApiError 400, 413, 415
 */
export function readForm(request: HttpRequest): Promise<URLSearchParams> {
  const form = read.get(request) ?? parse(request);
  read.set(request, form);
  return form;
}

async function parse(request: HttpRequest): Promise<URLSearchParams> {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded') {
    throw new ApiError(415, 'not_a_form', 'This address takes only the forms of the console: use one of those.');
  }
  return new URLSearchParams(await readText(request));
}

const csrfName = 'csrf';

/** Belongs into every form that is sent by POST. */
export const csrfField = ({ csrf }: ConsoleSession): Html =>
  html`<input type="hidden" name="${csrfName}" value="${csrf}" />`;

/** @throws ApiError 403 if the form did not come from a page of this session */
export async function checkCsrf({ csrf }: ConsoleSession, request: HttpRequest): Promise<void> {
  const [given, wanted] = [Buffer.from((await readForm(request)).get(csrfName) ?? ''), Buffer.from(csrf)];
  if (given.length === wanted.length && timingSafeEqual(given, wanted)) return;
  throw new ApiError(
    403,
    'form_outdated',
    'This form belongs to an earlier sign-in: nothing was changed; open the page again and send it once more.',
  );
}
