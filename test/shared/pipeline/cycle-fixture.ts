import { EntraError, type EntraErrorKind } from '../../../shared/entra/entra-error.ts';
import { listCycle } from '../../../shared/pipeline/list-cycle.ts';
import type { Tenant } from '../../../shared/state/tenants.ts';
import { activeTenant, createTestPipeline, tenantId, type TestPipeline } from '../../support/test-pipeline.ts';

export const minute = 60_000;
export const other = '22222222-3333-4444-5555-666666666666';

/** A test pipeline with active tenants of one content type each, changed as given. */
export async function withTenants(
  tenants: readonly Partial<Tenant>[] = [{}],
  options: Parameters<typeof createTestPipeline>[0] = {},
): Promise<TestPipeline> {
  const pipeline = createTestPipeline(options);
  for (const change of tenants) {
    await pipeline.tenants.insert(activeTenant({ contentTypes: ['Audit.Exchange'], ...change }));
  }
  return pipeline;
}

export const entra = (kind: EntraErrorKind): EntraError => new EntraError(`Entra said ${kind}.`, { kind });

/** Makes one call of the API fail for one tenant, for as long as the error is there. */
export function failFor(pipeline: TestPipeline, id: string): { error: Error | undefined; asked: number } {
  const fault: { error: Error | undefined; asked: number } = { error: undefined, asked: 0 };
  const { api } = pipeline;
  const listSubscriptions = api.listSubscriptions.bind(api);
  const listContents = api.listContents.bind(api);
  const check = (tenant: string): void => {
    if (tenant !== id) return;
    fault.asked += 1;
    if (fault.error) throw fault.error;
  };
  api.listSubscriptions = async (tenant, signal) => {
    check(tenant.tenantId);
    return listSubscriptions(tenant, signal);
  };
  api.listContents = async function* (tenant, ...rest) {
    check(tenant.tenantId);
    yield* listContents(tenant, ...rest);
  };
  return fault;
}

export const tenantOf = async (pipeline: TestPipeline, id = tenantId): Promise<Tenant | undefined> =>
  (await pipeline.tenants.get(id))?.value;

export const feedOf = async (pipeline: TestPipeline, id = tenantId) => (await pipeline.feeds.ofTenant(id))[0]?.value;

export const eventsOf = (pipeline: TestPipeline, name: string) => pipeline.events.filter(({ event }) => event === name);

/** Runs `count` list cycles, with a pause in ms after each. */
export async function cycles(pipeline: TestPipeline, count: number, pause = 2 * minute): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    await listCycle(pipeline);
    pipeline.clock.advance(pause);
  }
}
