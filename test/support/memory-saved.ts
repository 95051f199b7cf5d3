import { monthOf } from '../../shared/activity-api/hours.ts';
import { hourKey } from '../../shared/state/feed-key.ts';
import type { SavedPlace, SavedStore } from '../../shared/state/saved.ts';

/** The container `saved` in memory. */
export interface MemorySaved extends SavedStore {
  /** Bodies by `<month>/<feed and hour>/<content id>/<body or ordinal>`. */
  readonly bodies: Map<string, Buffer>;
}

export function createMemorySaved(): MemorySaved {
  const bodies = new Map<string, Buffer>();
  const folder = ({ feed, hour, contentId }: SavedPlace): string =>
    `${monthOf(hour)}/${hourKey(feed, hour)}/${encodeURIComponent(contentId)}/`;
  const save = async (name: string, body: AsyncIterable<Uint8Array>): Promise<void> => {
    const chunks = await Array.fromAsync(body);
    bodies.set(name, Buffer.concat(chunks));
  };
  const open = async (name: string): Promise<AsyncIterable<Uint8Array> | undefined> => {
    await Promise.resolve();
    const body = bodies.get(name);
    return (
      body &&
      (async function* () {
        await Promise.resolve();
        yield body;
      })()
    );
  };
  const forget = async (prefix: string): Promise<void> => {
    await Promise.resolve();
    for (const name of bodies.keys()) if (name.startsWith(prefix)) bodies.delete(name);
  };
  return {
    bodies,
    saveContent: (place, body) => save(`${folder(place)}body`, body),
    openContent: (place) => open(`${folder(place)}body`),
    saveRecord: (place, ordinal, body) => save(`${folder(place)}${ordinal}`, body),
    openRecord: (place, ordinal) => open(`${folder(place)}${ordinal}`),
    forgetContent: (place) => forget(`${folder(place)}body`),
    forgetAll: (place) => forget(folder(place)),
    forgetMonth: (month) => forget(`${month}/`),
  };
}
