import { expect, it } from 'vitest';

import { readCookie } from '../../../shared/http/cookies.ts';

const name = '__Host-session';

it('finds a cookie among others, whatever blanks the browser puts between them', () => {
  expect(readCookie(`a=1; ${name}=good`, name)).toBe('good');
  expect(readCookie(`a=1;\t ${name}=good \t;b=2`, name)).toBe('good');
  expect(readCookie('a=1', name)).toBeUndefined();
  expect(readCookie(null, name)).toBeUndefined();
});

// A neighbouring host may set these for the parent domain; their names do not begin with `__Host-` to a browser.
it.each(['\u00a0', '\ufeff', '\u2028', '\u3000', '\u000b'])(
  'takes no cookie whose name begins with %j for ours',
  (blank) => {
    expect(readCookie(`${blank}${name}=planted; ${name}=good`, name)).toBe('good');
    expect(readCookie(`${blank}${name}=planted`, name)).toBeUndefined();
  },
);
