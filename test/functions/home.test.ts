import { expect, it } from 'vitest';

import { home } from '../../functions/home.ts';
import { call } from '../support/call-function.ts';

it('leads to the console, whatever the settings are', async () => {
  const { status, headers, text } = await call(home, { path: '/' });
  expect([status, headers.get('location'), text]).toEqual([303, '/console', '']);
});
