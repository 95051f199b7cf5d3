import { isGuid } from './guid.ts';
import { SimulatorError } from './simulator-error.ts';

export interface SimulatedTenant {
  readonly tenantId: string;
  readonly name: string;
  readonly domain: string;
  /** Lives in GCC: same sign-in, another resource. */
  readonly gcc?: boolean;
  /** Directory of those who made the applications: it has people with app roles. */
  readonly home?: boolean | undefined;
}

export interface Tenants {
  /** Adds a tenant, or changes its name and domain. @throws SimulatorError */
  add(tenant: SimulatedTenant): SimulatedTenant;
  /** By GUID or domain, in any letter case. */
  find(tenant: string): SimulatedTenant | undefined;
  remove(tenantId: string): void;
  list(): SimulatedTenant[];
}

/** The simulated customers. @param changed called after every change */
export function createTenants(initial: readonly SimulatedTenant[], changed: () => void): Tenants {
  const tenants = new Map(initial.map((tenant) => [tenant.tenantId.toLowerCase(), tenant]));

  const find = (text: string): SimulatedTenant | undefined => {
    const wanted = text.toLowerCase();
    return tenants.get(wanted) ?? [...tenants.values()].find((tenant) => tenant.domain.toLowerCase() === wanted);
  };

  return {
    add(tenant) {
      if (!isGuid(tenant.tenantId)) throw new SimulatorError(`The tenant "${tenant.tenantId}" is no GUID; give one.`);
      const owner = find(tenant.domain);
      const tenantId = tenant.tenantId.toLowerCase();
      if (owner !== undefined && owner.tenantId !== tenantId) {
        throw new SimulatorError(`The domain ${tenant.domain} belongs to tenant ${owner.tenantId}; choose another.`);
      }
      const added = { ...tenant, tenantId };
      tenants.set(tenantId, added);
      changed();
      return added;
    },
    find,
    remove(tenantId) {
      if (tenants.delete(tenantId.toLowerCase())) changed();
    },
    list: () => [...tenants.values()],
  };
}
