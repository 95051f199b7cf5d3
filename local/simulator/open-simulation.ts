import { randomBytes } from 'node:crypto';
import type { Body, Content } from './body.ts';
import { bufferBody } from './body.ts';
import { createCodes } from './codes.ts';
import { createConsents } from './consents.ts';
import { createContents } from './contents.ts';
import { demoBody } from './demo/demo-body.ts';
import { generatedBody } from './generated-body.ts';
import type { Journal, SavedState } from './journal.ts';
import type { Offering } from './offering.ts';
import { createOffering } from './offering.ts';
import type { RecordFile } from './record-file.ts';
import { createRequestCounts } from './request-counts.ts';
import type { Addresses, Simulation } from './simulation.ts';
import { SimulatorError } from './simulator-error.ts';
import { createSubscriptions } from './subscriptions.ts';
import { createSwitches } from './switches.ts';
import { takeRecords } from './take-records.ts';
import { createTenants } from './tenants.ts';

export interface OpenSimulation {
  readonly simulation: Simulation;
  readonly offering: Offering;
  /** Offers the records of a file, unless they were offered before the restart. */
  take(file: RecordFile, seed: number): void;
  /** When the demo began, and with which seed: as it was before a restart, or now. */
  beginDemo(seed: number): { readonly started: number; readonly seed: number };
  /** Fills in where the simulator is reached, and remembers the port. */
  reachedAt(addresses: Addresses, port: number): void;
}

/** The state of a simulator, as it was left or new. */
export function openSimulation(
  journal: Journal | undefined,
  options: {
    readonly now: () => number;
    readonly clientSecrets: Readonly<Record<string, string>>;
    readonly signal: AbortSignal;
  },
): OpenSimulation {
  const { now, signal } = options;
  const before = journal?.state;
  const key = before ? Buffer.from(before.tokenKey, 'base64') : randomBytes(32);
  const taken: Record<string, string> = { ...before?.taken };
  let demo: SavedState['demo'] = before?.demo;
  let port = before?.port ?? 0;

  function save(): void {
    journal?.save({
      port,
      tokenKey: key.toString('base64'),
      tenants: tenants.list(),
      consents: consents.list(),
      subscriptions: subscriptions.list(),
      taken,
      demo,
    });
  }
  const tenants = createTenants(before?.tenants ?? [], save);
  const consents = createConsents(before?.consents ?? [], save);
  const subscriptions = createSubscriptions(before?.subscriptions ?? [], save);
  const contents = createContents();
  const marks = new Set(Object.values(taken));
  for (const content of journal?.contents ?? []) {
    if (content.taken === undefined || marks.has(content.taken)) contents.add(content);
  }
  const offering = createOffering({ now, tenants, contents, journal });

  function body(content: Content): Body {
    const { source, tenantId, id, created } = content;
    if (source.kind === 'bytes') return bufferBody(source.bytes);
    if (source.kind === 'generated') return generatedBody({ ...source, tenantId, contentId: id, created });
    if (source.kind === 'demo') return bufferBody(demoBody(content, source));
    if (journal === undefined) throw new SimulatorError(`The bytes of content ${id} are in no directory.`);
    return journal.body(source);
  }

  const addresses = { loginUrl: '', managementUrl: '', authorityUrl: '' };
  const secrets = Object.entries(options.clientSecrets).map(([id, secret]) => [id.toLowerCase(), secret] as const);
  return {
    simulation: {
      now,
      addresses,
      tenants,
      consents,
      codes: createCodes(),
      subscriptions,
      contents,
      switches: createSwitches(),
      requests: createRequestCounts(),
      key,
      clientSecrets: new Map(secrets),
      signal,
      body,
    },
    offering,
    take(file, seed) {
      if (taken[file.hash] !== undefined) return;
      taken[file.hash] = takeRecords({ file, seed, now: now(), tenants, contents, journal, keep: offering.keep });
      save();
    },
    beginDemo(seed) {
      demo ??= { started: now(), seed };
      save();
      return demo;
    },
    reachedAt(reached, listening) {
      Object.assign(addresses, reached);
      port = listening;
      save();
    },
  };
}
