/** How fast the local host does things, milliseconds. Azure's own figures are in brackets. */
export interface HostTiming {
  /** How long a message stays invisible once received; renewed while its invocation runs (10 minutes). */
  readonly leaseMs: number;
  /** When a message whose invocation failed comes back (`visibilityTimeout` in host.json). */
  readonly failedAfterMs: number;
  /** First pause of a poll that found nothing; it doubles up to `idlePollMs` (100 ms; `maxPollingInterval`). */
  readonly pollMs: number;
  readonly idlePollMs: number;
  /** What appTerminate hooks get before the process is killed (5 s). */
  readonly terminateMs: number;
  /** First pause before an app that died young is started again; it doubles up to `restartCapMs`. */
  readonly restartMs: number;
  readonly restartCapMs: number;
  /** How long a request waits for an app that is being started again before it is answered 503. */
  readonly readyMs: number;
}

/** A person is waiting: seconds where Azure takes minutes. Queue figures are whole seconds, as the queue wants them. */
export const localTiming: HostTiming = {
  leaseMs: 30_000,
  failedAfterMs: 5_000,
  pollMs: 100,
  idlePollMs: 1_000,
  terminateMs: 5_000,
  restartMs: 250,
  restartCapMs: 5_000,
  readyMs: 30_000,
};
