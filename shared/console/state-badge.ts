import { html } from 'hono/html';

import type { Html } from '../pages/page.ts';
import type { FeedState } from '../state/feeds.ts';
import type { TenantState } from '../state/tenants.ts';
import { asksNothing } from '../tenants/next-step.ts';
import { feedWords, tenantWords } from '../tenants/state-words.ts';

/** How a state looks: `good` works, `busy` goes on by itself, `bad` wants a person, `idle` is left alone on purpose. */
export type Tone = 'good' | 'busy' | 'bad' | 'idle';

const tenantTones: Record<TenantState, Tone> = {
  invited: 'idle',
  waiting: 'busy',
  active: 'good',
  'audit-off': 'bad',
  'permission-missing': 'bad',
  'consent-withdrawn': 'bad',
  'app-disabled': 'bad',
  gone: 'bad',
  paused: 'idle',
  leaving: 'busy',
};

/** A state in words, with its colour as a second sign. */
export const badge = (words: string, tone: Tone): Html => html`<span class="state ${tone}">${words}</span>`;

const feedTones: Record<FeedState, Tone> = {
  starting: 'busy',
  active: 'good',
  'permission-missing': 'bad',
  disabled: 'bad',
  stopped: 'idle',
};

/** A feed that would flow, or would be started, while nothing is collected of its tenant, looks as its tenant does. */
export function feedBadge(state: FeedState, tenantState: TenantState): Html {
  if (tenantState === 'active' || (state !== 'active' && state !== 'starting')) {
    return badge(feedWords[state], feedTones[state]);
  }
  return tenantState === 'waiting'
    ? badge(feedWords.starting, feedTones.starting)
    : badge('not flowing', tenantTones[tenantState]);
}

/** How a tenant looks: one that is active is well only if nobody has to look after any of its feeds. @param step its next step */
export const tenantTone = (state: TenantState, step: string): Tone =>
  state === 'active' && !asksNothing(step) ? 'bad' : tenantTones[state];

/** @param step its next step */
export function stateBadge(state: TenantState, step: string): Html {
  const tone = tenantTone(state, step);
  return badge(state === 'active' && tone === 'bad' ? 'active, with trouble' : tenantWords[state], tone);
}
