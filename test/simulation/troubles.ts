import type { Fault } from './plan.ts';

type FaultOf<What extends Fault['what']> = Extract<Fault, { what: What }>;

type SpanKind = 'storage' | 'api' | 'credential' | 'destination';

/** The faults of a plan by kind, without those that were left out. */
export interface Troubles {
  readonly all: readonly Fault[];
  of<What extends Fault['what']>(what: What): readonly FaultOf<What>[];
  /** Those of a kind whose span holds a moment. */
  now<What extends SpanKind>(what: What, now: number): readonly FaultOf<What>[];
}

export function createTroubles(faults: readonly Fault[]): Troubles {
  const byKind = Map.groupBy(faults, ({ what }) => what);
  const of = <What extends Fault['what']>(what: What): readonly FaultOf<What>[] =>
    (byKind.get(what) ?? []) as FaultOf<What>[];
  return {
    all: faults,
    of,
    now: <What extends SpanKind>(what: What, now: number) =>
      of(what).filter((one) => {
        const { from, to } = one as { from: number; to: number };
        return from <= now && now < to;
      }),
  };
}
