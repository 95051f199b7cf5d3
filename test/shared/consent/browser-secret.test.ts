import { describe, expect, it } from 'vitest';

import {
  browserCookie,
  createBrowserSecret,
  isSecretOf,
  nonceOf,
  readBrowserSecret,
  verifierOf,
} from '../../../shared/consent/browser-secret.ts';
import { sha256 } from '../../../shared/hash.ts';
import { systemRandom } from '../../../shared/random.ts';

const browser = createBrowserSecret(systemRandom);
const name = '__Host-consent';
const own = `${name}=${browser.state}.${browser.secret}`;

describe('cookie', () => {
  it('is bound to the host, and to one kind of errand', () => {
    expect(browserCookie('consent', browser)).toEqual({
      name,
      value: `${browser.state}.${browser.secret}`,
      httpOnly: true,
      secure: true,
      sameSite: 'Lax',
      path: '/',
      maxAge: 3600,
    });
    expect(browserCookie('proof', browser).name).toBe(name);
    expect(browserCookie('done', browser).name).toBe('__Host-consented');
    expect(browserCookie('console', browser).name).toBe('__Host-sign-in');
    expect(readBrowserSecret('console', own)).toBeUndefined();
  });

  it('comes back as it was, among others', () => {
    expect(readBrowserSecret('consent', own)).toEqual(browser);
    expect(readBrowserSecret('proof', `a=b;${own};c=d`)).toEqual(browser);
    expect(readBrowserSecret('consent', `x${own}; ${own}`)).toEqual(browser);
  });

  it.each([
    null,
    '',
    name,
    ...['=', '=a', '=a.', '=.b', '=a.b.c'].map((end) => name + end),
    `${own}.x`,
    `${own}x`,
    own.replace('.', ''),
    own.slice(0, -1),
    own.slice(0, -1) + '$',
    own.replace('__Host-', '__host-'),
    own.replace('__Host-', ''),
  ])('is none in "%s"', (header) => {
    expect(readBrowserSecret('consent', header)).toBeUndefined();
  });
});

describe('secret', () => {
  it('is shared by the tabs of a browser, each with a state of its own', () => {
    const next = createBrowserSecret(systemRandom, browser);
    expect(next.secret).toBe(browser.secret);
    expect(next.state).not.toBe(browser.state);
    expect(createBrowserSecret(systemRandom).secret).not.toBe(browser.secret);
  });

  it('gives a verifier and a nonce that fit PKCE, differ, and are the same each time', () => {
    for (const derive of [verifierOf, nonceOf]) {
      expect(derive(browser)).toMatch(/^[\w-]{43}$/);
      expect(derive({ ...browser })).toBe(derive(browser));
    }
    const next = createBrowserSecret(systemRandom, browser);
    const other = { ...browser, secret: next.state };
    const all = [browser, next, other].flatMap((one) => [verifierOf(one), nonceOf(one)]);
    expect(new Set(all).size).toBe(6);
  });

  it('is compared by hash', () => {
    expect(isSecretOf('a_secret', sha256('a_secret'))).toBe(true);
    expect(isSecretOf('b_secret', sha256('a_secret'))).toBe(false);
    expect(isSecretOf('a_secret', '')).toBe(false);
    expect(isSecretOf(sha256('a_secret'), sha256('a_secret'))).toBe(false);
  });
});
