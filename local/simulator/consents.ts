/** What an administrator granted to an application. */
export interface Consent {
  readonly tenantId: string;
  readonly clientId: string;
  readonly roles: readonly string[];
  /** Milliseconds since the epoch. */
  readonly granted: number;
}

export interface Consents {
  grant(consent: Consent): void;
  withdraw(tenantId: string, clientId: string): void;
  find(tenantId: string, clientId: string): Consent | undefined;
  list(): Consent[];
}

const keyOf = (tenantId: string, clientId: string): string => `${tenantId}/${clientId}`.toLowerCase();

/** Who consented to what. @param changed called after every change */
export function createConsents(initial: readonly Consent[], changed: () => void): Consents {
  const consents = new Map(initial.map((consent) => [keyOf(consent.tenantId, consent.clientId), consent]));
  return {
    grant(consent) {
      consents.set(keyOf(consent.tenantId, consent.clientId), consent);
      changed();
    },
    withdraw(tenantId, clientId) {
      if (consents.delete(keyOf(tenantId, clientId))) changed();
    },
    find: (tenantId, clientId) => consents.get(keyOf(tenantId, clientId)),
    list: () => [...consents.values()],
  };
}
