import { describe, expect, it } from 'vitest';

import { feedBadge } from '../../../shared/console/state-badge.ts';
import type { FeedState } from '../../../shared/state/feeds.ts';
import { type TenantState, tenantStates } from '../../../shared/state/tenants.ts';

const shown = async (state: FeedState, tenantState: TenantState): Promise<string> =>
  String(await feedBadge(state, tenantState));

describe('the badge of a feed', () => {
  it.each(tenantStates)('is green only while records flow: %s', async (tenantState) => {
    expect((await shown('active', tenantState)).includes('good')).toBe(tenantState === 'active');
    expect((await shown('active', tenantState)).includes('flowing')).toBe(tenantState !== 'waiting');
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
  ])('looks like its tenant where nothing flows because of that: %s', async (tenantState, tone) => {
    for (const state of ['active', 'starting'] as const) {
      expect(await shown(state, tenantState)).toBe(`<span class="state ${tone}">not flowing</span>`);
    }
  });

  it('waits with its tenant', async () => {
    for (const state of ['active', 'starting'] as const) {
      expect(await shown(state, 'waiting')).toBe('<span class="state busy">starting</span>');
    }
  });

  it.each(tenantStates)('says what is wrong with the feed itself all the same: %s', async (tenantState) => {
    expect(await shown('permission-missing', tenantState)).toContain('bad">permission missing<');
    expect(await shown('disabled', tenantState)).toContain('bad">disabled at Microsoft<');
    expect(await shown('stopped', tenantState)).toContain('idle">stopped<');
  });
});
