import type { Cookie, HttpResponseInit } from '@azure/functions';

import { hostCookie, readCookie } from '../http/cookies.ts';
import { seeOther } from '../http/see-other.ts';

const cookieName = '__Host-notice';

/** A page that is not shown within this time has no use for the notice. */
const noticeSeconds = 60;

/** Text in a cookie may hold anything, and comes from nowhere but here. */
const encoded = (text: string): string => Buffer.from(text).toString('base64url');

/**
 * The answer to a form that was accepted: on to a page, which says what was done. Refreshing that page does nothing twice.
 * @param notice one sentence for the operator
 */
export const afterForm = (path: string, notice: string): HttpResponseInit =>
  seeOther(path, hostCookie(cookieName, encoded(notice), noticeSeconds));

/** @param header the `cookie` header */
export function readNotice(header: string | null): string | undefined {
  const value = readCookie(header, cookieName);
  return value === undefined || value === '' ? undefined : Buffer.from(value, 'base64url').toString();
}

/** Goes out with the page that shows the notice. */
export const forgetNotice = (): Cookie => hostCookie(cookieName, '', 0);
