import { expect, it } from 'vitest';

import { nameField } from '../../../shared/tenants/tenant-fields.ts';

it.each(['Contoso', ' Müller & Söhne GmbH (東京) ', '株式会社', 'شركة', '👍', 'a\u200db', '3'])(
  '"%s" is a name',
  (name) => {
    expect(nameField.parse(name)).toBe(name.trim());
  },
);

it.each([
  ['a\nb', 'must be one line of text'],
  ['a\u0000b', 'must be one line of text'],
  ['a\u2028b', 'must be one line of text'],
  ['a\u2029b', 'must be one line of text'],
  ['a\u202eb', 'must be one line of text'],
  ['a\u2066b', 'must be one line of text'],
  ['a\u200fb', 'must be one line of text'],
  ['a\ud800b', 'must be one line of text'],
  ['\u200b', 'must have a letter or a digit'],
  ['\u200d\ufe0f', 'must have a letter or a digit'],
  [' \ufeff', 'must not be empty'],
  ['x'.repeat(201), 'must be at most 200 characters long'],
])('%j is none', (name, message) => {
  expect(nameField.safeParse(name).error?.issues.map((issue) => issue.message)).toEqual([message]);
});
