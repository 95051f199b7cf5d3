/** One line of the host or of the app, as it came. */
export interface HostLogEntry {
  /** `host`: ours. `app`: through `context.log`. `stdout`, `stderr`: what the app's process printed. */
  readonly source: 'host' | 'app' | 'stdout' | 'stderr';
  readonly level: string;
  readonly message: string;
  readonly invocationId?: string | undefined;
}

/** Takes the lines of the host and the app. It must not throw. */
export type HostLog = (entry: HostLogEntry) => void;
