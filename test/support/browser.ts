import { consentStart } from '../../functions/consent-start.ts';
import { type Answer, call } from './call-function.ts';
import { publicUrl } from './relay-environment.ts';

/** A browser of its own: it keeps the cookies that functions hand out. */
export interface Browser {
  readonly cookies: Map<string, string>;
  /** The value of the `cookie` header. */
  header(): string;
  open(handler: Parameters<typeof call>[0], path: string): Promise<Answer>;
  /** Presses the button of the page behind an invitation. */
  press(invitation: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** Presses it on a page that was opened without a link, by the cookie alone. */
  pressAgain(): Promise<Answer>;
}

export function createBrowser(): Browser {
  const cookies = new Map<string, string>();
  const header = (): string => [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const withCookies = (): Record<string, string> => (cookies.size === 0 ? {} : { cookie: header() });
  async function post(fields: Record<string, string>, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const form = { 'content-type': 'application/x-www-form-urlencoded', origin: publicUrl };
    const answer = await call(consentStart, {
      method: 'POST',
      path: '/consent/start',
      headers: { ...form, ...withCookies(), ...headers },
      body: new URLSearchParams(fields).toString(),
    });
    for (const { name, value } of answer.cookies) cookies.set(name, value);
    return answer;
  }
  return {
    cookies,
    header,
    async open(handler, path) {
      const answer = await call(handler, { path, headers: withCookies() });
      for (const { name, value } of answer.cookies) cookies.set(name, value);
      return answer;
    },
    press: (invitation, headers) => post({ invite: new URL(invitation).searchParams.get('invite') ?? '' }, headers),
    pressAgain: () => post({}),
  };
}

/**
 * What Microsoft's consent page, or its sign-in page, leads back to: path and query of our callback.
 * @param account as the simulator's page offers them, e.g. `admin:<tenantId>`
 */
export async function answerOfMicrosoft(
  location: string,
  answer: 'accept' | 'cancel',
  account: string,
): Promise<string> {
  const { origin, pathname, searchParams } = new URL(location);
  const form = new URLSearchParams(searchParams);
  form.set('answer', answer);
  form.set('account', account);
  const response = await fetch(`${origin}${pathname}`, { method: 'POST', body: form, redirect: 'manual' });
  const back = response.headers.get('location') ?? /id="back" href="([^"]*)"/.exec(await response.text())?.[1];
  if (back === undefined) throw new Error(`Microsoft's page leads nowhere (status ${response.status}).`);
  const url = new URL(back.replaceAll('&amp;', '&'));
  return `${url.pathname}${url.search}`;
}
