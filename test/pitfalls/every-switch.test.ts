import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { isSwitchName, type SwitchName, switchTable } from '../../local/simulator/switch-table.ts';

/** Where a test turns each switch on and shows what the relay makes of it. A new switch needs a test, and a line here. */
const testedIn: Readonly<Record<SwitchName, string>> = {
  'unknown-guids': 'sign-in',
  'roles-delay': 'sign-in',
  'missing-roles': 'sign-in',
  'app-disabled': 'sign-in',
  'token-lifetime': 'sign-in',
  'token-refused': 'sign-in',
  'consent-refused': 'people',
  'sign-in-refused': 'people',
  'code-refused': 'people',
  'forged-id-token': 'people',
  'start-throttle': 'subscriptions',
  'start-already-enabled': 'subscriptions',
  'start-takes': 'subscriptions',
  'first-content': 'listings',
  'vanished-subscription': 'subscriptions',
  'subscription-disabled': 'subscriptions',
  'subscription-entries': 'subscriptions',
  'page-size': 'listings',
  'empty-page-with-next': 'listings',
  'stale-page-token': 'listings',
  'endless-pages': 'listings',
  'next-page-style': 'listings',
  'repeated-on-next-page': 'listings',
  'unsorted-listing': 'listings',
  'foreign-content-uri': 'contents',
  'foreign-next-page-uri': 'listings',
  'late-listed': 'listings',
  'expiry-days': 'listings',
  'partial-contents': 'listings',
  'content-status': 'contents',
  'truncated-body': 'contents',
  'invalid-json': 'contents',
  'pretty-printed': 'contents',
  'body-object': 'contents',
  'foreign-organization-id': 'contents',
  'repeated-records': 'repeats',
  'reordered-properties': 'repeats',
  throttle: 'answers',
  'throttle-answer': 'answers',
  quota: 'answers',
  'shared-quota': 'answers',
  'latency-ms': 'answers',
  hanging: 'answers',
  'broken-connection': 'answers',
  'internal-error': 'answers',
  'broken-answer': 'answers',
  refusal: 'answers',
  redirect: 'answers',
  unauthorized: 'answers',
  'audit-off': 'subscriptions',
  'tenant-in-path': 'answers',
  'wrong-content-type': 'listings',
  'header-names': 'listings',
  'date-skew': 'answers',
};

test.each(Object.keys(switchTable))(
  'the switch %s is turned on by a test that shows what the relay makes of it',
  (name) => {
    const file = isSwitchName(name) ? testedIn[name] : undefined;
    expect(file, `Write a test for the switch "${name}" and name its file here.`).toBeDefined();
    const text = readFileSync(join(import.meta.dirname, `${file ?? ''}.test.ts`), 'utf8');
    expect(text).toMatch(new RegExp(`(?:turned|\\.set)\\(\\s*'${name}'`));
  },
);

test('no switch is named that there is not', () => {
  expect(Object.keys(testedIn).filter((name) => !isSwitchName(name))).toEqual([]);
});
