import { parseArgs } from 'node:util';
import { SimulatorError } from './simulator-error.ts';

export interface Flags {
  readonly port: number | undefined;
  readonly authorityPort: number | undefined;
  readonly records: string | undefined;
  readonly demo: boolean;
}

const usage = 'use --port N, --authority-port M, --records FILE and --demo';

function readPort(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new SimulatorError(`--${flag} "${text}" is no port; give a number from 0 to 65535.`);
  return port;
}

/** The flags of `npm run simulator`. @throws SimulatorError that names the wrong one */
export function readFlags(args: readonly string[]): Flags {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        port: { type: 'string' },
        'authority-port': { type: 'string' },
        records: { type: 'string' },
        demo: { type: 'boolean', default: false },
      },
    }));
  } catch (cause) {
    const why = cause instanceof Error ? (cause.message.split('. ')[0] ?? '') : String(cause);
    throw new SimulatorError(`${why}; ${usage}.`, { cause });
  }
  return {
    port: readPort('port', values.port),
    authorityPort: readPort('authority-port', values['authority-port']),
    records: values.records,
    demo: values.demo,
  };
}
