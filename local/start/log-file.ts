import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { HostLog, HostLogEntry } from '../host/host-log.ts';

/** A file that takes everything that host and app say. */
export interface LogFile {
  readonly log: HostLog;
  close(): Promise<void>;
}

/** Appends to the file at `path`. @param alarm called with what a person should see at once */
export function openLogFile(path: string, alarm: (line: string) => void): LogFile {
  const stream = createWriteStream(path, { flags: 'a' });
  // A full disk must not end the relay; what matters is shown on the screen as well.
  stream.on('error', () => undefined);
  return {
    log(entry) {
      stream.write(`${new Date().toISOString()} ${entry.source} ${entry.level} ${entry.message}\n`);
      if (isAlarming(entry)) alarm(`${entry.source === 'host' ? '[host] ' : ''}${entry.level}: ${entry.message}`);
    },
    async close() {
      stream.end();
      await finished(stream).catch(() => undefined);
    },
  };
}

const isAlarming = ({ source, level }: HostLogEntry): boolean =>
  source === 'stderr' || level === 'warning' || level === 'error' || level === 'critical';
