import { describe, expect, it } from 'vitest';

import { feedBadge } from '../../../shared/console/state-badge.ts';
import type { FeedState } from '../../../shared/state/feeds.ts';
import { type TenantState, tenantStates } from '../../../shared/state/tenants.ts';

const shown = (state: FeedState, tenantState: TenantState) => String(feedBadge(state, tenantState));

describe('the badge of a feed', () => {
  it.each(tenantStates)('is green only while records flow: %s', (tenantState) => {
    expect(shown('active', tenantState).includes('good')).toBe(tenantState === 'active');
    expect(shown('active', tenantState).includes('flowing')).toBe(tenantState !== 'waiting');
  });

  it.each<[TenantState, string]>([
    ['consent-withdrawn', 'bad'],
    ['app-disabled', 'bad'],
    ['gone', 'bad'],
    ['audit-off', 'bad'],
    ['permission-missing', 'bad'],
    ['paused', 'idle'],
    ['invited', 'idle'],
    ['leaving', 'busy'],
  ])('looks like its tenant where nothing flows because of that: %s', (tenantState, tone) => {
    for (const state of ['active', 'starting'] as const) {
      expect(shown(state, tenantState)).toBe(`<span class="state ${tone}">not flowing</span>`);
    }
  });

  it('waits with its tenant', () => {
    for (const state of ['active', 'starting'] as const) {
      expect(shown(state, 'waiting')).toBe('<span class="state busy">starting</span>');
    }
  });

  it.each(tenantStates)('says what is wrong with the feed itself all the same: %s', (tenantState) => {
    expect(shown('permission-missing', tenantState)).toContain('bad">permission missing<');
    expect(shown('disabled', tenantState)).toContain('bad">disabled at Microsoft<');
    expect(shown('stopped', tenantState)).toContain('idle">stopped<');
  });
});
