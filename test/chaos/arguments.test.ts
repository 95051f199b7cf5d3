import { expect, test } from 'vitest';

import { readArguments } from './arguments.ts';

test('seed and minutes are read, and made up where they are missing', () => {
  expect(readArguments(['--seed', '12', '--minutes', '0.5'])).toEqual({ seed: 12, minutes: 0.5 });
  expect(readArguments([])).toEqual({ seed: expect.any(Number) as number, minutes: 1 });
});

test.each([[['--seed', 'x']], [['--seed=']], [['--minutes', '0']], [['--minutes', '-1']], [['--sed', '1']], [['1']]])(
  '%j is refused with what would be right',
  (args) => {
    expect(() => readArguments(args)).toThrow(/npm run chaos knows --seed N .* and --minutes M/);
  },
);
