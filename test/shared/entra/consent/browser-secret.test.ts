import { describe, expect, it } from 'vitest';

import {
  cookieName,
  isSecretOf,
  printBrowserSecret,
  readBrowserSecret,
} from '../../../../shared/entra/consent/browser-secret.ts';
import { sha256 } from '../../../../shared/hash.ts';

const https = 'https://relay.example.com';
const http = 'http://localhost:7071';
const secret = { state: 'a-state', secret: 'a_secret' };

describe('cookie', () => {
  it('is bound to the host where there is https', () => {
    expect(cookieName(https)).toBe('__Host-consent');
    expect(cookieName(http)).toBe('consent');
  });

  it.each([https, http])('comes back as it was, among others, at %s', (url) => {
    const own = `${cookieName(url)}=${printBrowserSecret(secret)}`;
    expect(readBrowserSecret(own, url)).toEqual(secret);
    expect(readBrowserSecret(`a=b;${own};c=d`, url)).toEqual(secret);
    expect(readBrowserSecret(`x${own}; ${own}`, url)).toEqual(secret);
  });

  it.each([null, '', 'consent', 'consent=', 'consent=a', 'consent=a.', 'consent=.b', 'consent=a.b.c', 'Consent=a.b'])(
    'is none in "%s"',
    (header) => {
      expect(readBrowserSecret(header, http)).toBeUndefined();
    },
  );

  it('without the prefix does not count where there is https', () => {
    expect(readBrowserSecret(`consent=${printBrowserSecret(secret)}`, https)).toBeUndefined();
  });
});

it('is compared by hash', () => {
  expect(isSecretOf('a_secret', sha256('a_secret'))).toBe(true);
  expect(isSecretOf('b_secret', sha256('a_secret'))).toBe(false);
  expect(isSecretOf('a_secret', '')).toBe(false);
  expect(isSecretOf(sha256('a_secret'), sha256('a_secret'))).toBe(false);
});
