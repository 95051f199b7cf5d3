import type { InvocationContext } from '@azure/functions';

import type { Log, LogFields } from '../log.ts';

/** The invocation's own log: one JSON object a line, so that it can be queried by event and field. */
export function functionLog(context: Pick<InvocationContext, 'info' | 'warn' | 'error'>): Log {
  const line = (event: string, fields: LogFields = {}): string => JSON.stringify({ event, ...fields });
  return {
    info: (event, fields) => {
      context.info(line(event, fields));
    },
    warn: (event, fields) => {
      context.warn(line(event, fields));
    },
    error: (event, fields) => {
      context.error(line(event, fields));
    },
  };
}
