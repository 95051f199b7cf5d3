import { describe, expect, it } from 'vitest';

import { customerQuery, listCustomers } from '../../../shared/console/customer-list.ts';
import type { TenantState } from '../../../shared/state/tenants.ts';
import { tenantStates } from '../../../shared/state/tenants.ts';
import type { TenantSummary } from '../../../shared/tenants/list-tenants.ts';
import { nextStep } from '../../../shared/tenants/next-step.ts';

let made = 0;

function tenant(name: string, state: TenantState = 'active', change: Partial<TenantSummary> = {}): TenantSummary {
  made += 1;
  return {
    tenantId: `00000000-0000-4000-8000-${String(made).padStart(12, '0')}`,
    name,
    domain: undefined,
    state,
    nextStep: nextStep({ state, contentTypes: [] }, [], 0),
    addedAt: 0,
    lagSeconds: 60,
    recordsToday: 0,
    ...change,
  };
}

const asked = (query: Record<string, string>) => customerQuery.parse(query);
const names = (tenants: readonly TenantSummary[], query: Record<string, string> = {}): string[] =>
  listCustomers(tenants, asked(query)).shown.map(({ name }) => name);

describe('the order of customers', () => {
  const late = { nextStep: 'Look at why DLP.All is behind: its lag comes with the reason.', lagSeconds: 9000 };
  const tenants = [
    tenant('Fine 10'),
    tenant('Fine 9'),
    tenant('Invited', 'invited', { lagSeconds: undefined }),
    tenant('Waiting', 'waiting', { lagSeconds: undefined }),
    tenant('Late', 'active', late),
    tenant('Off', 'audit-off', { lagSeconds: 7200 }),
    tenant('Gone', 'gone', { lagSeconds: 90_000 }),
  ];

  it('is trouble first: what a person must see to, then who is behind, then what goes on by itself', () => {
    expect(names(tenants)).toEqual(['Gone', 'Off', 'Late', 'Waiting', 'Invited', 'Fine 9', 'Fine 10']);
  });

  it('may be by lag, where those without any come last', () => {
    const expected = ['Gone', 'Late', 'Off', 'Fine 9', 'Fine 10', 'Invited', 'Waiting'];
    expect(names(tenants, { sort: 'lag' })).toEqual(expected);
  });

  it('may be by name, as people count', () => {
    const expected = ['Fine 9', 'Fine 10', 'Gone', 'Invited', 'Late', 'Off', 'Waiting'];
    expect(names(tenants, { sort: 'name' })).toEqual(expected);
  });

  it('filters by what wants a person, whichever state it has', () => {
    expect(names(tenants, { state: 'trouble' })).toEqual(['Gone', 'Off', 'Late']);
    expect(names(tenants, { state: 'active' })).toEqual(['Late', 'Fine 9', 'Fine 10']);
    expect(names(tenants, { state: 'leaving' })).toEqual([]);
  });
});

describe('searching', () => {
  const tenants = [
    tenant('Contoso AG', 'active', { domain: 'contoso.onmicrosoft.com' }),
    tenant('Söhne & Co'),
    tenant('fabrikam.example'),
    tenant('Straßenbau Zürich'),
  ];

  it('finds a part of a name in either case, a domain in it, and a part of a tenant ID', () => {
    expect(names(tenants, { q: 'OSO' })).toEqual(['Contoso AG']);
    expect(names(tenants, { q: ' söhne ' })).toEqual(['Söhne & Co']);
    expect(names(tenants, { q: 'FABRIKAM.ex' })).toEqual(['fabrikam.example']);
    expect(names(tenants, { q: tenants[1]?.tenantId.slice(-4).toUpperCase() ?? '' })).toEqual(['Söhne & Co']);
    expect(names(tenants, { q: '.*' })).toEqual([]);
  });

  it('finds the domain by which a customer was added', () => {
    expect(names(tenants, { q: 'Contoso.onMicrosoft' })).toEqual(['Contoso AG']);
  });

  it.each(['zurich', 'ZÜRICH', 'zu\u0308rich', 'strasse', 'straße'])('finds %s with or without its accents', (q) => {
    expect(names(tenants, { q })).toEqual(['Straßenbau Zürich']);
  });
});

describe('pages', () => {
  const tenants = Array.from({ length: 250 }, (_none, index) =>
    tenant(`Customer ${index}`, index === 7 ? 'paused' : 'active'),
  );

  it('hold a hundred each, and the last one the rest', () => {
    const list = listCustomers(tenants, asked({ sort: 'name', page: '3' }));
    expect(list).toMatchObject({ page: 3, pages: 3, matching: 250, all: 250 });
    expect(list.shown.map(({ name }) => name).slice(0, 2)).toEqual(['Customer 200', 'Customer 201']);
    expect(list.shown).toHaveLength(50);
  });

  it('end with the last one, since the list may have become shorter', () => {
    expect(listCustomers(tenants, asked({ page: '999999' }))).toMatchObject({ page: 3, pages: 3 });
    expect(listCustomers([], asked({ page: '7' }))).toMatchObject({ page: 1, pages: 1, matching: 0 });
  });

  it('count all customers by state, whatever is searched for', () => {
    const { totals, matching, all } = listCustomers(tenants, asked({ q: 'Customer 249' }));
    expect({ matching, all }).toEqual({ matching: 1, all: 250 });
    expect([...totals.keys()]).toEqual(['trouble', ...tenantStates]);
    expect(totals.get('active')).toBe(249);
    expect(totals.get('paused')).toBe(1);
    expect(totals.get('trouble')).toBe(0);
  });
});

it.each([
  ['q', 'x'.repeat(201)],
  ['q', 'two\nlines'],
  ['state', 'happy'],
  ['sort', 'constructor'],
  ['page', '0'],
  ['page', '-1'],
  ['page', '1e3'],
  ['page', '1000000'],
  ['page', ''],
])('does not take %s %j', (name, value) => {
  expect(customerQuery.safeParse({ [name]: value }).success).toBe(false);
});
