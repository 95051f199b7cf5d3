import { apiPath, createApi } from './api.ts';
import { jsonAnswer } from './answer.ts';
import { makeCertificate } from './certificate.ts';
import { answerControl, isControl } from './control.ts';
import { startDemo } from './demo/demo-stream.ts';
import { demoTenants } from './demo/demo-tenants.ts';
import { openJournal } from './journal.ts';
import type { Journal } from './journal.ts';
import { answerLogin, authorityRoutes, browserRoutes } from './login-router.ts';
import { openSimulation } from './open-simulation.ts';
import { applicationRoles } from './permissions.ts';
import { readRecordFile } from './record-file.ts';
import type { RecordFile } from './record-file.ts';
import { createHttpServer, listen, stopServer } from './serve.ts';
import type { Answered } from './serve.ts';
import { SimulatorError } from './simulator-error.ts';
import type { Simulator, SimulatorOptions } from './simulator.ts';

const notFound = (path: string): Answered => ({
  answer: jsonAnswer(404, { Message: `No HTTP resource was found that matches the request URI '${path}'.` }),
  operation: 'other',
  tenantId: '',
});

/**
 * Starts a simulator of Microsoft 365 on 127.0.0.1: login, consent, Activity API and control over HTTP, tokens over TLS.
 * @throws SimulatorError if a port is taken, or the records or the directory cannot be read
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const file = options.records === undefined ? undefined : await readRecordFile(options.records);
  const journal = options.directory === undefined ? undefined : openJournal(options.directory);
  try {
    return await start(options, file, journal);
  } catch (error) {
    journal?.close();
    throw error;
  }
}

async function start(
  options: SimulatorOptions,
  file: RecordFile | undefined,
  journal: Journal | undefined,
): Promise<Simulator> {
  const { now = () => Date.now(), seed = 1, clientSecrets = {} } = options;
  const closing = new AbortController();
  const opened = openSimulation(journal, { now, clientSecrets, signal: closing.signal });
  const { simulation, offering } = opened;
  const { tenants, consents, contents, switches, requests } = simulation;
  for (const tenant of [...(options.tenants ?? []), ...(options.demo ? demoTenants : [])]) tenants.add(tenant);
  if (file !== undefined) opened.take(file, seed);

  const api = createApi(simulation);
  const tls = await makeCertificate();
  const browserServer = createHttpServer(simulation, async (call) => {
    if (isControl(call.path)) {
      return { answer: await answerControl(simulator, call), operation: undefined, tenantId: '' };
    }
    const path = apiPath(call.path);
    if (path !== undefined) {
      const tenantId = path.tenantText.toLowerCase();
      return { answer: await api(call), operation: path.route.operation, tenantId };
    }
    return (await answerLogin(simulation, browserRoutes, call)) ?? notFound(call.path);
  });
  const authorityServer = createHttpServer(
    simulation,
    async (call) => (await answerLogin(simulation, authorityRoutes, call)) ?? notFound(call.path),
    tls,
  );

  const remembered = options.port === undefined ? (journal?.state?.port ?? 0) : 0;
  const advice =
    remembered === 0
      ? 'choose another with --port N.'
      : 'the contents that the simulator offered carry it, so stop what uses it, or start with --fresh.';
  const port = await listen(browserServer, options.port ?? remembered, advice);
  let authorityPort: number;
  try {
    const other = 'choose another with --authority-port N.';
    authorityPort = await listen(authorityServer, options.authorityPort ?? 0, other);
  } catch (error) {
    await stopServer(browserServer);
    throw error;
  }
  const url = `http://127.0.0.1:${port}`;
  opened.reachedAt({ loginUrl: url, managementUrl: url, authorityUrl: `https://127.0.0.1:${authorityPort}` }, port);

  const demo =
    options.demo === undefined
      ? undefined
      : startDemo({
          ...opened.beginDemo(seed),
          mode: options.demo,
          interval: options.demoInterval ?? 1000,
          contentsToCome: options.demoContents ?? 30,
          contents,
          offering,
        });

  const simulator: Simulator = {
    ...simulation.addresses,
    certificate: tls.certificate,
    tenants,
    switches,
    offer: offering.offer,
    offered: () => ({ done: demo?.isDone() ?? true, feeds: contents.account() }),
    consent(tenantText, clientId, roles = applicationRoles) {
      const tenant = tenants.find(tenantText);
      if (tenant === undefined) {
        throw new SimulatorError(`There is no tenant ${tenantText}; add it before it can consent.`);
      }
      consents.grant({ tenantId: tenant.tenantId, clientId: clientId.toLowerCase(), roles, granted: now() });
    },
    withdraw(tenantText, clientId) {
      consents.withdraw(tenants.find(tenantText)?.tenantId ?? tenantText, clientId);
    },
    consents: () => consents.list(),
    setClientSecret(clientId, secret) {
      simulation.clientSecrets.set(clientId.toLowerCase(), secret);
    },
    requests: () => requests.list(),
    clearRequests() {
      requests.clear();
    },
    async close() {
      demo?.stop();
      closing.abort();
      await Promise.all([stopServer(browserServer), stopServer(authorityServer)]);
      journal?.close();
    },
  };
  return simulator;
}
