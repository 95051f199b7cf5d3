import { exampleCustomer } from './example-customer.ts';
import { operatorAccount } from './home-tenant.ts';
import type { Environment } from './environment.ts';

export interface Announcement {
  readonly environment: Environment;
  /** The functions host's address. */
  readonly url: string;
  readonly pid: number | undefined;
  readonly logPath: string;
  readonly simulatorUrl: string | undefined;
}

/** What a person needs to know to go on from here, in lines. */
export function announce({ environment, url, pid, logPath, simulatorUrl }: Announcement): string[] {
  const publicUrl = environment['PUBLIC_URL'] ?? url;
  const local = environment['DESTINATIONS'] === 'local' ? environment['DESTINATION_LOCAL_PATH'] : undefined;
  const body = JSON.stringify({ name: exampleCustomer.name, tenant: exampleCustomer.domain });
  const header = "-H 'content-type: application/json'";
  return [
    `Audit Relay for Microsoft 365 runs at ${publicUrl} (app process ${pid ?? 'starting again'}).`,
    `Console: ${publicUrl}/console${simulatorUrl === undefined ? '' : ` (sign in as ${operatorAccount})`}`,
    ...(simulatorUrl === undefined ? [] : [`Microsoft 365 is simulated at ${simulatorUrl}.`]),
    `Deliveries land in ${local ?? `the destinations ${environment['DESTINATIONS'] ?? ''}`}. The log is ${logPath}.`,
    `Add a customer, then open the invitation's url in a browser:`,
    `  curl -X POST ${url}/api/tenants ${header} -d '${body}'`,
    `  curl ${url}/api/tenants`,
    'Stop with Ctrl-C.',
  ];
}
