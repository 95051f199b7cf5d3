import { expect, test } from 'vitest';

import { type Tenant, type TenantState, tenantStates } from '../../../shared/state/tenants.ts';
import { type FeedStanding, nextStep } from '../../../shared/tenants/next-step.ts';
import { activeTenant } from '../../support/test-pipeline.ts';

const now = Date.parse('2026-11-22T10:30:00Z');
const stepOf = (state: TenantState, feeds: readonly FeedStanding[] = [], change: Partial<Tenant> = {}): string =>
  nextStep(activeTenant({ state, ...change }), feeds, now);

test.each(tenantStates)('%s has a next step, in sentences that name no route', (state) => {
  expect(stepOf(state)).toMatch(/^[A-Z].*\.$/);
  expect(stepOf(state)).not.toMatch(/\/api|lagReason/);
});

test('an invitation that nobody used in time wants a new one', () => {
  const expires = (invitationExpires: number | undefined) => stepOf('invited', [], { invitationExpires });
  expect(expires(now)).toMatch(/^The invitation link has expired: make a new one/);
  for (const good of [now + 1, undefined]) expect(expires(good)).toBe(stepOf('invited'));
  expect(stepOf('waiting', [], { invitationExpires: now })).toBe(stepOf('waiting'));
});

const contentType = 'Audit.Exchange';
const standing = (change: Partial<FeedStanding> = {}): FeedStanding => ({
  contentType,
  state: 'active',
  lagSeconds: 60,
  ...change,
});

test.each<[string, Partial<FeedStanding>, string]>([
  [
    'disabled',
    { state: 'disabled' },
    'Look at why Audit.Exchange is disabled at Microsoft: its lag comes with the reason.',
  ],
  [
    'without its permission',
    { state: 'permission-missing', lagSeconds: undefined },
    'ActivityFeed.Read is missing: send the customer a new invitation, to consent again. Or switch off Audit.Exchange.',
  ],
  ['behind', { lagSeconds: 901 }, 'Look at why Audit.Exchange is behind: its lag comes with the reason.'],
  [
    'partly parked',
    { contents: { parked: 3 } },
    'Look at what is parked (3): each comes with its reason, and can be replayed.',
  ],
])('a feed that is %s is the next step of a tenant that is otherwise well, and of no other', (_what, change, step) => {
  expect(stepOf('active', [standing(), standing(change)])).toBe(step);
  expect(stepOf('audit-off', [standing(change)])).toBe(stepOf('audit-off'));
});

test.each<[string, Partial<FeedStanding>]>([
  ['up to date', { lagSeconds: 900, contents: { parked: 0 } }],
  ['switched off', { state: 'stopped', lagSeconds: 600_000 }],
])('a feed that is %s asks for nothing', (_what, change) => {
  expect(stepOf('active', [standing(change)])).toBe('Nothing to do: audit records are being forwarded.');
});

test('what was there before the consent may be caught up for a quarter of an hour before anybody has to look', () => {
  const behind = [standing({ lagSeconds: 600_000 })];
  expect(stepOf('active', behind, { consentedAt: now - 900_000 })).toMatch(/^Nothing to do/);
  expect(stepOf('active', behind, { consentedAt: now - 900_001 })).toMatch(/^Look at why Audit.Exchange is behind/);
});

test('feeds that are starting are waited for calmly, and not said to be forwarded', () => {
  const starting = standing({ contentType: 'DLP.All', state: 'starting', lagSeconds: 600_000 });
  expect(stepOf('active', [standing(), starting])).toBe(
    'Nothing to do: DLP.All will be forwarded as soon as Microsoft has started the subscription.',
  );
  expect(stepOf('active', [standing({ contents: { parked: 3 } }), starting])).toMatch(/^Look at what is parked/);
});

test('missing roles are named one by one, once each, as far as a content type needs them', () => {
  const missing = (...types: FeedStanding['contentType'][]): FeedStanding[] =>
    types.map((type) => standing({ contentType: type, state: 'permission-missing' }));
  expect(stepOf('active', missing('DLP.All'))).toMatch(/^ActivityFeed.ReadDlp is missing: .* Or switch off DLP.All\.$/);
  expect(stepOf('active', missing('Audit.Exchange', 'Audit.General'))).toMatch(
    /^ActivityFeed.Read is missing: .* Or switch off Audit.Exchange, Audit.General\.$/,
  );
  const missingRoles = ['ActivityFeed.Read', 'ActivityFeed.ReadDlp', 'ServiceHealth.Read'];
  expect(stepOf('permission-missing', [], { missingRoles })).toBe(
    'ActivityFeed.Read and ActivityFeed.ReadDlp are missing: send the customer a new invitation, to consent again.',
  );
  expect(stepOf('permission-missing', [], { missingRoles, contentTypes: ['DLP.All'] })).toMatch(
    /^ActivityFeed.ReadDlp is missing/,
  );
  expect(stepOf('permission-missing')).toMatch(/^A permission is missing/);
});
