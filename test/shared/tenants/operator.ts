import type { Tenant } from '../../../shared/state/tenants.ts';
import { changeTenant } from '../../../shared/tenants/change-tenant.ts';
import { tenantId, type TestPipeline } from '../../support/test-pipeline.ts';

/** What an operator changes. */
export function change(pipeline: TestPipeline, what: Parameters<typeof changeTenant>[2]): Promise<Tenant> {
  return changeTenant(pipeline, tenantId, what, 'Alex');
}

/** The history, in any order: the clock stands still here, and the history knows milliseconds. */
export const told = async (pipeline: TestPipeline): Promise<string[]> =>
  (await pipeline.history.ofTenant(tenantId, 100)).map(({ what, by }) => `${by}: ${what}`).toSorted();

/** The calls of the API that begin with a word. */
export const calls = (pipeline: TestPipeline, word: string): string[] =>
  pipeline.api.calls.filter((call) => call.startsWith(word));
