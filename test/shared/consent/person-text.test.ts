import { expect, it } from 'vitest';

import { personText } from '../../../shared/consent/person-text.ts';

it.each([
  ['Alex Admin', 'alex@contoso.example', 'Alex Admin (alex@contoso.example)'],
  ['alex@contoso.example', 'alex@contoso.example', 'alex@contoso.example'],
  ['', 'alex@contoso.example', 'alex@contoso.example'],
  ['Alex', '', 'Alex'],
  [' ', '', 'somebody without a name'],
  ['A\u202Elex\n\u0000Admin', 'a', 'A lex Admin (a)'],
  [`${'x'.repeat(199)}😀`, '', `${'x'.repeat(199)}\uFFFD`],
  ['x'.repeat(500), 'y'.repeat(500), `${'x'.repeat(200)} (${'y'.repeat(200)})`],
])('"%s" with user name "%s" is "%s"', (name, username, text) => {
  expect(personText({ name, username })).toBe(text);
});
