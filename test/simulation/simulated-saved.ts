import type { SavedPlace, SavedStore } from '../../shared/state/saved.ts';
import type { MemorySaved } from '../support/memory-saved.ts';
import type { Scheduler, SimulatedProcess } from './scheduler.ts';

/** The container `saved` as one process sees it. Bodies are read and written whole: a broken one leaves nothing behind. */
export function createSimulatedSaved(inner: MemorySaved, process: SimulatedProcess, scheduler: Scheduler): SavedStore {
  const step = <T>(what: string, work: () => Promise<T>): Promise<T> => scheduler.step(process, 'saved', what, work);
  const save = async (
    what: string,
    body: AsyncIterable<Uint8Array>,
    write: (body: AsyncIterable<Uint8Array>) => Promise<void>,
  ): Promise<void> => {
    const chunks = await Array.fromAsync(body);
    await step(what, () => write(iterated(chunks)));
  };
  const name = ({ contentId }: SavedPlace): string => contentId;
  return {
    saveContent: (place, body) => save(`save ${name(place)}`, body, (whole) => inner.saveContent(place, whole)),
    openContent: (place) => step(`open saved ${name(place)}`, () => inner.openContent(place)),
    saveRecord: (place, ordinal, body) =>
      save(`save ${name(place)}/${ordinal}`, body, (whole) => inner.saveRecord(place, ordinal, whole)),
    openRecord: (place, ordinal) =>
      step(`open saved ${name(place)}/${ordinal}`, () => inner.openRecord(place, ordinal)),
    forgetContent: (place) => step(`forget ${name(place)}`, () => inner.forgetContent(place)),
    forgetAll: (place) => step(`forget all of ${name(place)}`, () => inner.forgetAll(place)),
    forgetMonth: (month) => step(`forget ${month}`, () => inner.forgetMonth(month)),
  };
}

async function* iterated(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield* chunks;
}
