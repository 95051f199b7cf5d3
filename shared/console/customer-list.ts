import { z } from 'zod';

import { type TenantState, tenantStates } from '../state/tenants.ts';
import type { TenantSummary } from '../tenants/list-tenants.ts';
import { tenantTone } from './state-badge.ts';

/** By what customers can be sorted, in words. */
export const sortings = { trouble: 'Trouble first', lag: 'Furthest behind first', name: 'Name' } as const;

export type Sorting = keyof typeof sortings;

/** Customers on one page. */
export const pageSize = 100;

/** What an operator wants to see of all customers. */
export interface CustomerQuery {
  /** A part of the name, of the domain or of the tenant ID. */
  readonly q: string;
  /** `trouble`: whatever wants a person. */
  readonly state: TenantState | 'trouble' | '';
  readonly sort: Sorting;
  readonly page: number;
}

/** A message completes the name of its field. */
export const customerQuery: z.ZodType<CustomerQuery> = z.object({
  q: z
    .string()
    .trim()
    .max(200, 'must be at most 200 characters long')
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must be one line of text')
    .default(''),
  state: z.enum([...tenantStates, 'trouble', ''], 'must be one of the list').default(''),
  sort: z.enum(Object.keys(sortings) as [Sorting, ...Sorting[]], 'must be one of the list').default('trouble'),
  page: z
    .string()
    .regex(/^[1-9]\d{0,5}$/, 'must be a number from 1 on')
    .default('1')
    .transform(Number),
});

/** One page of the customers that were asked for. */
export interface CustomerList {
  readonly shown: readonly TenantSummary[];
  /** Which page it is: the last one if there are fewer than that. */
  readonly page: number;
  readonly pages: number;
  /** Customers that match, on all pages. */
  readonly matching: number;
  readonly all: number;
  /** Customers by state, and those that want a person, whatever is searched for. */
  readonly totals: ReadonlyMap<TenantState | 'trouble', number>;
}

/** Whether a customer wants a person. */
export const isTroubled = ({ state, nextStep }: Pick<TenantSummary, 'state' | 'nextStep'>): boolean =>
  tenantTone(state, nextStep) === 'bad';

/** Text without case and accents: "zurich" finds Zürich, "strasse" finds Straße. */
const folded = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toUpperCase();

/** @param tenants all of them */
export function listCustomers(tenants: readonly TenantSummary[], query: CustomerQuery): CustomerList {
  const text = folded(query.q);
  const matching = tenants
    .filter(({ name, domain = '', tenantId }) => [name, domain, tenantId].some((one) => folded(one).includes(text)))
    .filter((tenant) => hasState(tenant, query.state))
    .toSorted((a, b) => orders[query.sort](a, b) || byName(a, b));
  const pages = Math.max(1, Math.ceil(matching.length / pageSize));
  const page = Math.min(query.page, pages);
  const counts = tenantStates.map(
    (state) => [state, tenants.filter((tenant) => tenant.state === state).length] as const,
  );
  return {
    shown: matching.slice((page - 1) * pageSize, page * pageSize),
    page,
    pages,
    matching: matching.length,
    all: tenants.length,
    totals: new Map([['trouble', tenants.filter(isTroubled).length], ...counts]),
  };
}

const hasState = (tenant: TenantSummary, state: CustomerQuery['state']): boolean => {
  if (state === '') return true;
  return state === 'trouble' ? isTroubled(tenant) : tenant.state === state;
};

type Order = (a: TenantSummary, b: TenantSummary) => number;

const collator = new Intl.Collator('en', { numeric: true });
const byName: Order = (a, b) => collator.compare(a.name, b.name) || (a.tenantId < b.tenantId ? -1 : 1);
const byLag: Order = (a, b) => (b.lagSeconds ?? -1) - (a.lagSeconds ?? -1);

/** What a person should look at first has the lowest rank; an active customer with something amiss comes after the others. */
const ranks = { bad: 0, busy: 2, idle: 3, good: 4 } as const;

const rankOf = ({ state, nextStep }: TenantSummary): number => {
  const tone = tenantTone(state, nextStep);
  return tone === 'bad' && state === 'active' ? 1 : ranks[tone];
};

const orders: Record<Sorting, Order> = {
  trouble: (a, b) => rankOf(a) - rankOf(b) || byLag(a, b),
  lag: byLag,
  name: () => 0,
};
