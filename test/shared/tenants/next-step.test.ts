import { expect, test } from 'vitest';

import { tenantStates } from '../../../shared/state/tenants.ts';
import { type FeedStanding, nextStep } from '../../../shared/tenants/next-step.ts';

test.each(tenantStates)('%s has a next step, which is a sentence', (state) => {
  expect(nextStep(state)).toMatch(/^[A-Z].*\.$/);
});

const contentType = 'Audit.Exchange';
const standing = (change: Partial<FeedStanding> = {}): FeedStanding => ({
  contentType,
  state: 'active',
  lagSeconds: 60,
  ...change,
});

test.each<[string, Partial<FeedStanding>, string]>([
  ['disabled', { state: 'disabled' }, 'Look at Audit.Exchange, which is disabled: its lagReason says what to do.'],
  [
    'without its permission',
    { state: 'permission-missing', lagSeconds: undefined },
    'Look at Audit.Exchange, which is permission-missing: its lagReason says what to do.',
  ],
  [
    'behind',
    { lagSeconds: 901 },
    'Look at why Audit.Exchange is behind: its lagReason says so, and GET /api/health what is down.',
  ],
  [
    'partly parked',
    { contents: { parked: 3 } },
    'Look at what is parked (3): GET /api/parked says why, POST /api/parked/replay tries again.',
  ],
])('a feed that is %s is the next step of a tenant that is otherwise well, and of no other', (_what, change, step) => {
  expect(nextStep('active', [standing(), standing(change)])).toBe(step);
  expect(nextStep('audit-off', [standing(change)])).toBe(nextStep('audit-off'));
});

test.each<[string, Partial<FeedStanding>]>([
  ['up to date', { lagSeconds: 900, contents: { parked: 0 } }],
  ['about to start', { state: 'starting', lagSeconds: 600_000 }],
])('a feed that is %s asks for nothing', (_what, change) => {
  expect(nextStep('active', [standing(change)])).toBe('Nothing to do: audit records are being forwarded.');
});
