/** The requests of one batch to one destination, each try counted. */
export interface DestinationUse {
  readonly requests: number;
  /** Those that were not taken as a whole. */
  readonly failed: number;
  /** How long all of them took together. */
  readonly milliseconds: number;
}

/** How quick destinations are, and how often they fail: what the workbook shows before an alert has to. */
export interface DestinationUses {
  readonly note: (destination: string, milliseconds: number, isTaken: boolean) => void;
  /** By destination, as far as it was asked. */
  readonly all: () => ReadonlyMap<string, DestinationUse>;
}

export function createDestinationUses(): DestinationUses {
  const uses = new Map<string, DestinationUse>();
  return {
    note(destination, milliseconds, isTaken) {
      const known = uses.get(destination) ?? { requests: 0, failed: 0, milliseconds: 0 };
      uses.set(destination, {
        requests: known.requests + 1,
        failed: known.failed + (isTaken ? 0 : 1),
        milliseconds: known.milliseconds + milliseconds,
      });
    },
    all: () => uses,
  };
}
