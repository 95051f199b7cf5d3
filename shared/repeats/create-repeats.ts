import type { Repeats } from './repeats.ts';

/** Knows of no repeats yet: everything is fresh. */
export const createRepeats = (): Repeats => ({
  begin: () => ({
    sort: (_destination, _contentId, records) => Promise.resolve({ fresh: records, had: [], repeats: [] }),
    missed: () => Promise.resolve(0),
    taken: () => Promise.resolve(),
    [Symbol.dispose]: () => undefined,
  }),
});
