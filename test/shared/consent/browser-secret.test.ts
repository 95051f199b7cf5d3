import { describe, expect, it } from 'vitest';

import {
  cookieName,
  isSecretOf,
  printBrowserSecret,
  readBrowserSecret,
} from '../../../shared/consent/browser-secret.ts';
import { sha256 } from '../../../shared/hash.ts';

const secret = { state: 'a-state', secret: 'a_secret' };

describe('cookie', () => {
  it('is bound to the host', () => {
    expect(cookieName).toBe('__Host-consent');
  });

  it('comes back as it was, among others', () => {
    const own = `${cookieName}=${printBrowserSecret(secret)}`;
    expect(readBrowserSecret(own)).toEqual(secret);
    expect(readBrowserSecret(`a=b;${own};c=d`)).toEqual(secret);
    expect(readBrowserSecret(`x${own}; ${own}`)).toEqual(secret);
  });

  it.each([
    null,
    '',
    cookieName,
    ...['=', '=a', '=a.', '=.b', '=a.b.c'].map((end) => cookieName + end),
    '__host-consent=a.b',
  ])('is none in "%s"', (header) => {
    expect(readBrowserSecret(header)).toBeUndefined();
  });

  it('without the prefix does not count', () => {
    expect(readBrowserSecret(`consent=${printBrowserSecret(secret)}`)).toBeUndefined();
  });
});

it('is compared by hash', () => {
  expect(isSecretOf('a_secret', sha256('a_secret'))).toBe(true);
  expect(isSecretOf('b_secret', sha256('a_secret'))).toBe(false);
  expect(isSecretOf('a_secret', '')).toBe(false);
  expect(isSecretOf(sha256('a_secret'), sha256('a_secret'))).toBe(false);
});
