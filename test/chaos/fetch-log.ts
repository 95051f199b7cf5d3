import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';

/** When contents were asked for from the simulator in this process, milliseconds since the epoch by content id. */
export interface FetchLog extends Disposable {
  readonly fetches: ReadonlyMap<string, readonly number[]>;
}

const channel = 'http.server.request.start';

export function startFetchLog(now: () => number): FetchLog {
  const fetches = new Map<string, number[]>();
  const note = (message: unknown): void => {
    const { url = '' } = (message as { request: IncomingMessage }).request;
    const contentId = /\/activity\/feed\/audit\/([^/?]+)/.exec(url)?.[1];
    if (contentId === undefined) return;
    const id = decodeURIComponent(contentId);
    const times = fetches.get(id);
    if (times === undefined) fetches.set(id, [now()]);
    else times.push(now());
  };
  subscribe(channel, note);
  return { fetches, [Symbol.dispose]: () => void unsubscribe(channel, note) };
}
