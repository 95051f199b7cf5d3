import { StartError } from './start-error.ts';
import type { Clock } from '../../shared/clock.ts';

/**
 * Waits until the app says of itself that it is well.
 * @param patienceMs after so long (milliseconds) an app that is not well is given up
 * @throws StartError with the app's own words about what is wrong
 */
export async function waitForHealth(url: string, patienceMs: number, clock: Clock, signal: AbortSignal): Promise<void> {
  const until = clock.now() + patienceMs;
  for (;;) {
    const status = await fetch(new URL('/health', url), { signal }).then(
      async (response) => {
        await response.arrayBuffer();
        return response.status;
      },
      () => 0,
    );
    signal.throwIfAborted();
    if (status === 200) return;
    if (clock.now() >= until) {
      const said = await askWhy(url, signal);
      throw new StartError(`The app does not run: ${said ?? `GET /health answered ${status}; see the log above.`}`);
    }
    await clock.sleep(250, signal);
  }
}

/** The app's answer to the operators' health question, where it has one. */
async function askWhy(url: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const response = await fetch(new URL('/api/health', url), { signal });
    const text = (await response.text()).trim();
    return response.status === 404 || text === '' ? undefined : text;
  } catch {
    return undefined;
  }
}
