import type { Cookie, HttpResponseInit } from '@azure/functions';

import { hostCookie, readCookie } from '../http/cookies.ts';
import { seeOther } from '../http/see-other.ts';

const cookieName = '__Host-notice';

/** A page that is not shown within this time has no use for the notice. */
const noticeSeconds = 60;

/** What a step came to, for the next page to say. */
export interface Notice {
  /** One sentence for the operator. */
  readonly text: string;
  /** `bad` if what was wanted did not happen. */
  readonly tone: 'good' | 'bad';
}

/**
 * The answer to a form that was accepted: on to a page, which says what was done. Refreshing that page does nothing twice.
 * @param text one sentence for the operator
 */
export function afterForm(path: string, text: string, tone: Notice['tone'] = 'good'): HttpResponseInit {
  // Text in a cookie may hold anything, and comes from nowhere but here.
  const value = `${tone}.${Buffer.from(text).toString('base64url')}`;
  return seeOther(path, hostCookie(cookieName, value, noticeSeconds));
}

/** @param header the `cookie` header */
export function readNotice(header: string | null): Notice | undefined {
  const [, tone, text = ''] = /^(good|bad)\.([\w-]+)$/.exec(readCookie(header, cookieName) ?? '') ?? [];
  if (tone === undefined) return undefined;
  return { text: Buffer.from(text, 'base64url').toString(), tone: tone === 'bad' ? 'bad' : 'good' };
}

/** Goes out with the page that shows the notice. */
export const forgetNotice = (): Cookie => hostCookie(cookieName, '', 0);
