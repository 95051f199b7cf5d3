import { once } from 'node:events';
import { createServer } from 'node:net';
import { StartError } from './start-error.ts';

const another = 'choose another with PORT, e.g. PORT=7072 npm start.';

/** The port of the functions host, from `PORT`; 7071 if it is not set. @throws StartError if it is no port */
export function readPort(text: string | undefined): number {
  if (text === undefined || text === '') return 7071;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (!(port >= 1 && port <= 65_535)) throw new StartError(`PORT is "${text}", which is no port; ${another}`);
  return port;
}

/** Makes sure that the port can be had, before anything else is started. @throws StartError */
export async function checkPort(port: number): Promise<void> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    throw portError(port, error);
  }
  server.close();
  await once(server, 'close');
}

/** Says in a sentence that a port could not be had. */
export function portError(port: number, cause: unknown): StartError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason';
  const why = code === 'EADDRINUSE' ? 'is in use' : `cannot be used (${code})`;
  return new StartError(`Port ${port} ${why}; ${another}`, { cause });
}
