import { afterAll, beforeAll, beforeEach, expect } from 'vitest';

import { consoleTenant } from '../../functions/console-tenant.ts';
import { createHistoryStore, type HistoryStore } from '../../shared/state/history.ts';
import type { Tenant } from '../../shared/state/tenants.ts';
import type { Answer } from '../support/call-function.ts';
import { contoso, type RelayEnvironment, startRelayEnvironment } from '../support/relay-environment.ts';
import { activeTenant } from '../support/test-pipeline.ts';
import { type ConsoleOperator, signedIn } from './console-operator.ts';

const { tenantId } = contoso;

export const params = { tenantId };
export const path = `/console/tenants/${tenantId}`;
export const now = Date.now();

/** Breaks out of whatever is not escaped. */
export const evil = `"'><script>alert(1)</script><img src=x onerror=alert(2)>`;

/** Contoso, active at the beginning of each test, and people who open its page. */
export interface CustomerFixture {
  environment: RelayEnvironment;
  history: HistoryStore;
  operator: ConsoleOperator;
  reader: ConsoleOperator;
  /** Contoso as it is from now on. */
  tenantIs(change: Partial<Tenant>): Promise<void>;
  tenant(): Promise<Tenant | undefined>;
  open(who?: ConsoleOperator, query?: string): Promise<Answer>;
  send(fields: Parameters<ConsoleOperator['send']>[2], who?: ConsoleOperator): Promise<Answer>;
  /** Expects that it was done. @returns the page after it */
  done(answer: Answer): Promise<string>;
}

/** One customer in the console, for a whole file of tests. */
export function useCustomerFixture(): CustomerFixture {
  const on = {
    async tenantIs(change) {
      const { tenants } = on.environment;
      const stored = await tenants.get(tenantId);
      const tenant = activeTenant({ name: 'Contoso', addedAt: now, consentedAt: now - 60_000, ...change });
      await (stored ? tenants.replace(tenant, stored.etag) : tenants.insert(tenant));
    },
    tenant: async () => (await on.environment.tenants.get(tenantId))?.value,
    open: (who = on.operator, query = '') => who.open(consoleTenant, `${path}${query}`, params),
    send: (fields, who = on.operator) => who.send(consoleTenant, path, fields, params),
    async done(answer) {
      expect([answer.status, answer.headers.get('location')]).toEqual([303, path]);
      return (await on.operator.follow(answer, consoleTenant, params)).text;
    },
  } as CustomerFixture;
  beforeAll(async () => {
    on.environment = await startRelayEnvironment();
    on.history = createHistoryStore(on.environment.tables);
    on.operator = await signedIn(on.environment, 'Operator');
    on.reader = await signedIn(on.environment, 'Reader');
  });
  afterAll(() => on.environment.close());
  beforeEach(async () => {
    on.environment.proxy.fate = () => 'answered';
    await on.history.removeTenant(tenantId);
    await on.tenantIs({});
  });
  return on;
}
