import { expect, test } from 'vitest';

import { contentToRow } from '../../shared/state/ledger-row.ts';
import { listedContent } from '../shared/pipeline/forwarding.ts';
import { createTestPipeline } from '../support/test-pipeline.ts';
import { createAccount, type Invocation } from './account.ts';

test.each([
  ['a later delivery of the message that took it', 'm2/1', 'm2/3', []],
  ['an earlier delivery of the message that took it', 'm2/3', 'm2/1', ['c1 was in two hands at once']],
  ['yet another message', 'm2/1', 'm3/1', ['c1 was in two hands at once', 'c1 was in two hands at once']],
])('a content taken from one hand and, within that hold, by %s', (_name, second, third, complaints) => {
  const account = createAccount({ now: () => 0, steps: () => 0 });
  const content = listedContent(createTestPipeline(), 'c1');
  const takes = (by: string, until: number): void => {
    const process = { actor: by, name: by, alive: true, frozenUntil: 0 };
    const messageId = by.split('/')[0] ?? '';
    const invocation: Invocation = { process, messageId, begunAt: 0, active: true, frozen: false, inHand: new Set() };
    account.invocations.push(invocation);
    const row = contentToRow('tenant_feed_hour', 'c1', { ...content, hold: { by, until, alone: true } });
    account.written(process, 'ledger202611', [row]);
  };
  // The hold of the first has run out.
  takes('m1/1', 0);
  takes(second, 1);
  takes(third, 1);

  expect(account.complaints).toEqual(complaints.map((text) => expect.stringContaining(text) as string));
});
