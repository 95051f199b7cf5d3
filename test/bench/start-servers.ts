import { fork } from 'node:child_process';
import { once } from 'node:events';

import type { ServersOrder, ServersReady } from './servers.ts';

export interface Servers extends ServersReady {
  setLatency(ms: number): Promise<void>;
  stop(): void;
}

export async function startServers(order: ServersOrder): Promise<Servers> {
  const child = fork(new URL('./servers.ts', import.meta.url));
  child.send(order);
  const [ready] = (await once(child, 'message')) as [ServersReady];
  return {
    ...ready,
    async setLatency(ms) {
      await fetch(`http://127.0.0.1:${ready.api}/latency?ms=${ms}`);
    },
    stop: () => child.kill(),
  };
}
