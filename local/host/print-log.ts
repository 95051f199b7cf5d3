import type { HostLog } from './host-log.ts';

/** A log that writes what the app and the host say as lines of text: the host's own are marked, errors with their level. */
export const printLog =
  (write: (line: string) => void): HostLog =>
  ({ source, level, message }) => {
    const isPlain = source === 'stdout' || source === 'stderr' || level === 'information';
    if (level === 'trace' || level === 'debug') return;
    const label = source === 'host' ? `[host] ` : '';
    write(`${label}${isPlain ? '' : `${level}: `}${message}`);
  };
