import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoTenants } from './demo/demo-tenants.ts';
import { readFlags } from './flags.ts';
import { SimulatorError } from './simulator-error.ts';
import type { Simulator } from './simulator.ts';
import { startSimulator } from './start-simulator.ts';

function greeting(simulator: Simulator, certificateFile: string): string {
  const { loginUrl, managementUrl, authorityUrl, tenants } = simulator;
  const first = tenants.list()[0]?.tenantId ?? '{tenantId}';
  const client = '00000000-0000-4000-8000-000000000001';
  return [
    'Simulator of Microsoft 365: Entra sign-in, admin consent and the Office 365 Management Activity API.',
    '',
    `  login and consent  ${loginUrl}`,
    `  Activity API       ${managementUrl}/api/v1.0/{tenantId}/activity/feed/`,
    `  tokens (TLS)       ${authorityUrl}/{tenantId}/oauth2/v2.0/token`,
    `  control            ${loginUrl}/_simulator/`,
    '',
    'Tenants:',
    ...tenants.list().map(({ tenantId, name, domain }) => `  ${tenantId}  ${domain}  ${name}`),
    '',
    'How to use it (any client id and any secret will do):',
    `  export NODE_EXTRA_CA_CERTS=${certificateFile}     # for Node; curl: --cacert`,
    '  consent in the browser:',
    `    ${loginUrl}/${first}/v2.0/adminconsent?client_id=${client}&scope=https%3A%2F%2Fmanage.office.com%2F.default&redirect_uri=http%3A%2F%2Flocalhost%3A7071%2Fconsent%2Fcallback&state=1`,
    '  or without one:',
    `    curl ${loginUrl}/_simulator/consent -d '{"tenantId":"${first}","clientId":"${client}"}'`,
    '  what can be made to go wrong, and one example:',
    `    curl ${loginUrl}/_simulator/switches`,
    `    curl ${loginUrl}/_simulator/switches -d '{"name":"throttle","value":{"after":10,"times":5}}'`,
    `  add a tenant: POST /_simulator/tenants {"tenantId","name","domain"}; records: POST /_simulator/offer {"tenantId","contentType","records":[]}`,
    '',
    'Ctrl-C stops it.',
  ].join('\n');
}

async function main(): Promise<void> {
  const { port, authorityPort, records, demo } = readFlags(process.argv.slice(2));
  const simulator = await startSimulator({
    port,
    authorityPort,
    records,
    demo: demo ? 'stream' : undefined,
    tenants: records === undefined ? demoTenants : [],
  });
  const directory = mkdtempSync(join(tmpdir(), 'simulator-'));
  const certificateFile = join(directory, 'certificate.pem');
  writeFileSync(certificateFile, simulator.certificate);
  console.log(greeting(simulator, certificateFile));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      rmSync(directory, { recursive: true, force: true });
      void simulator.close();
    });
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof SimulatorError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
