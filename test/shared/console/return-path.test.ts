import { expect, it } from 'vitest';

import { returnPath, signInPath } from '../../../shared/console/return-path.ts';

it.each([
  '/console',
  '/console/parked',
  '/console/tenants/11111111-2222-3333-4444-555555555555',
  '/console/tenants/11111111-2222-3333-4444-555555555555/off-board',
  '/console?q=S%C3%B6hne+%26+Co&state=audit-off&page=2',
])('leads back to %s', (path) => {
  expect(returnPath(path)).toBe(path);
});

it.each([
  undefined,
  null,
  '',
  '/',
  '//evil.example',
  '//evil.example/console',
  '/\\evil.example',
  '/console\\..\\evil',
  '/console//evil.example',
  '/console/..//evil.example',
  '/console/%2e%2e/api',
  '/console.evil.example',
  '/console@evil.example',
  '/consoles',
  '/console/?',
  'https://evil.example/console',
  'javascript:alert(1)//console',
  ' /console/parked',
  '/console/parked\r\nset-cookie: a=b',
  '/console#<script>',
  '/console?q="><script>',
  '/console?next=https://evil.example',
  '/api/tenants',
  '/console/sign-in',
  '/console/sign-out',
  `/console/${'a'.repeat(81)}`,
  `/console?q=${'a'.repeat(500)}`,
])('leads to the first page instead of %j', (path) => {
  expect(returnPath(path)).toBe('/console');
});

it('remembers in the address of the sign-in page what was wanted', () => {
  expect(signInPath('http://localhost:7071/console/parked?tenant=a%20b')).toBe(
    '/console/sign-in?return=%2Fconsole%2Fparked%3Ftenant%3Da%2520b',
  );
  expect(signInPath('http://localhost:7071/console')).toBe('/console/sign-in');
  expect(signInPath('http://evil.example//console/parked')).toBe('/console/sign-in');
  expect(signInPath(undefined)).toBe('/console/sign-in');
});
