import { createStores } from '../../../shared/state/stores.ts';
import type { TestPipeline } from '../../support/test-pipeline.ts';
import { meddledTables } from './meddled-tables.ts';

interface Encounter {
  readonly scene: () => Promise<TestPipeline>;
  /** Who is at work, and comes back to it when the other is done. */
  readonly one: (pipeline: TestPipeline) => Promise<unknown>;
  /** Who comes between. */
  readonly other: (pipeline: TestPipeline) => Promise<void>;
  /** `hasCome` is false in the last scene, in which there was nothing left to come before. */
  readonly after: (pipeline: TestPipeline, hasCome: boolean) => Promise<void>;
}

/** The other comes right before the first call on a table that the one makes, in a new scene before the second, and so on. */
export async function comeBetween({ scene, one, other, after }: Encounter): Promise<void> {
  let hasCome = true;
  for (let number = 1; hasCome; number += 1) {
    const pipeline = await scene();
    let calls = 0;
    const before = async (): Promise<void> => {
      calls += 1;
      if (calls === number) await other(pipeline);
    };
    await one({ ...pipeline, ...createStores(meddledTables(pipeline.tables, { before })) });
    hasCome = calls >= number;
    await after(pipeline, hasCome);
  }
}
