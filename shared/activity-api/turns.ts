/** Lets a bounded number of callers at once through for each key; the others wait. */
export interface Turns {
  /**
   * Resolves, in the order of asking, when it is the caller's turn.
   * @returns ends the turn; to be called once or more, whatever came of it
   * @throws the signal's reason; who gives up waiting takes nobody's turn
   */
  take(key: string, signal: AbortSignal): Promise<() => void>;
}

interface Lane {
  taken: number;
  readonly waiting: Set<(value: undefined) => void>;
}

/** @param limit turns that may be taken at once, for each key */
export function createTurns(limit: number): Turns {
  const lanes = new Map<string, Lane>();

  function pass(key: string, lane: Lane): void {
    const [next] = lane.waiting;
    if (next !== undefined) {
      lane.waiting.delete(next);
      next(undefined);
      return;
    }
    lane.taken -= 1;
    if (lane.taken === 0) lanes.delete(key);
  }

  return {
    async take(key, signal) {
      signal.throwIfAborted();
      const lane = lanes.get(key) ?? { taken: 0, waiting: new Set() };
      lanes.set(key, lane);
      if (lane.taken < limit) lane.taken += 1;
      else await handedOver(lane, signal);
      let over = false;
      return () => {
        if (over) return;
        over = true;
        pass(key, lane);
      };
    },
  };
}

async function handedOver({ waiting }: Lane, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const giveUp = (): void => {
    waiting.delete(resolve);
    reject(signal.reason as Error);
  };
  waiting.add(resolve);
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    await promise;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
