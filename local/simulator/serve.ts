import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Answer } from './answer.ts';
import { jsonAnswer } from './answer.ts';
import type { HttpCall } from './http-call.ts';
import { readCall } from './http-call.ts';
import type { Operation } from './operations.ts';
import { sendAnswer } from './send-answer.ts';
import { SimulatorError } from './simulator-error.ts';
import type { Simulation } from './simulation.ts';

/** An answer, and what it is counted as; `undefined` operation: not counted. */
export interface Answered {
  readonly answer: Answer;
  readonly operation: Operation | undefined;
  readonly tenantId: string;
}

export type Answerer = (call: HttpCall) => Promise<Answered>;

const refused = (code: string, status: number, message: string): Answered => ({
  answer: jsonAnswer(status, { error: { code, message } }),
  operation: undefined,
  tenantId: '',
});

async function answered(answerer: Answerer, request: IncomingMessage): Promise<Answered> {
  try {
    return await answerer(readCall(request));
  } catch (error) {
    if (error instanceof SimulatorError) return refused('bad_request', 400, error.message);
    if (error instanceof Error && error.name === 'AbortError')
      return refused('closing', 503, 'The simulator is closing.');
    console.error('The simulator failed to answer; this is a fault of its own.', error);
    return refused('simulator_failed', 500, 'The simulator failed to answer; see its log.');
  }
}

/** A server that writes what the answerer says. With a certificate it speaks TLS. */
export function createHttpServer(
  simulation: Simulation,
  answerer: Answerer,
  tls?: { readonly key: string; readonly certificate: string },
): Server {
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    void (async () => {
      const { answer, operation, tenantId } = await answered(answerer, request);
      const { switches, requests, now } = simulation;
      if (operation !== undefined) requests.add(operation, tenantId, answer.status);
      const skew = switches.get('date-skew', { tenantId }) * 1000;
      const manner = { date: now() + skew, headerNames: switches.get('header-names', { tenantId }) };
      await sendAnswer(response, answer, manner);
    })().catch((error: unknown) => {
      // The body could not be made to its end: the other side must not take it for whole.
      response.destroy(error instanceof Error ? error : undefined);
    });
  };
  const server = tls ? createTlsServer({ key: tls.key, cert: tls.certificate }, listener) : createServer(listener);
  server.keepAliveTimeout = 65_000;
  return server;
}

/**
 * Listens on 127.0.0.1. @param port 0 for a free one
 * @returns the port
 * @throws SimulatorError if the port is taken or may not be used; `advice` says how to choose another
 */
export async function listen(server: Server, port: number, advice: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'is in use' : `cannot be used (${cause.code ?? cause.message})`;
      reject(new SimulatorError(`Port ${port} ${why}; ${advice}`, { cause }));
    });
    server.listen(port, '127.0.0.1', resolve);
  });
  server.removeAllListeners('error');
  return (server.address() as AddressInfo).port;
}

/** Ends all connections at once. */
export async function stopServer(server: Server): Promise<void> {
  if (!server.listening) return;
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
}
