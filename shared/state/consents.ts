import { isoTime, optionalText, optionalTime, text, time } from './columns.ts';
import type { Stored } from './stored.ts';
import type { Row, StoredRow, Tables } from './table.ts';

/** A link that an operator gave to a customer's administrator. Only the hash of its secret is stored. */
export interface Invitation {
  readonly hash: string;
  readonly tenantId: string;
  readonly expires: number;
}

/**
 * What somebody was sent to Microsoft for: to consent (`consent`), to prove after it that they belong to the tenant
 * (`proof`), to sign in to the console (`console`). An answer that comes back for another purpose is refused.
 */
export const statePurposes = ['consent', 'proof', 'console'] as const;

export type StatePurpose = (typeof statePurposes)[number];

/** One walk through pages of Microsoft, from our button to the callback. */
export interface ConsentState {
  /** Hash of the `state` parameter. */
  readonly hash: string;
  readonly tenantId: string;
  readonly purpose: StatePurpose;
  /** Hash of the secret in the browser's cookie. */
  readonly browserHash: string;
  /** '' for the console. */
  readonly invitationHash: string;
  /** The callback must come before this; milliseconds since the epoch. */
  readonly expires: number;
  readonly usedAt: number | undefined;
  /** What the callback came to: `accepted`, or the code of a refusal. */
  readonly result: string | undefined;
  /** Who signed in, as the history names them. */
  readonly person?: string | undefined;
  /** The page of the console that was wanted. */
  readonly returnTo?: string | undefined;
}

const invitationPartition = 'invitation';
const statePartition = 'state';

/** Rows of a kind that are forgotten at once: the lister has other things to do, and comes again. */
const mostForgotten = 500;

const stateToRow = (state: ConsentState): Row => ({
  partitionKey: statePartition,
  rowKey: state.hash,
  tenantId: state.tenantId,
  purpose: state.purpose,
  browserHash: state.browserHash,
  invitationHash: state.invitationHash,
  expires: isoTime(state.expires),
  usedAt: isoTime(state.usedAt),
  result: state.result,
  person: state.person,
  returnTo: state.returnTo,
});

const stateFromRow = ({ row, etag }: StoredRow): Stored<ConsentState> => ({
  etag,
  value: {
    hash: row.rowKey,
    tenantId: text(row, 'tenantId'),
    purpose: statePurposes.find((purpose) => purpose === row['purpose']) ?? 'consent',
    browserHash: text(row, 'browserHash'),
    invitationHash: text(row, 'invitationHash'),
    expires: time(row, 'expires'),
    usedAt: optionalTime(row, 'usedAt'),
    result: optionalText(row, 'result'),
    person: optionalText(row, 'person'),
    returnTo: optionalText(row, 'returnTo'),
  },
});

/** Table `consents`: invitations and states. */
export interface ConsentStore {
  addInvitation(invitation: Invitation): Promise<void>;
  invitation(hash: string): Promise<Invitation | undefined>;
  addState(state: ConsentState): Promise<void>;
  state(hash: string): Promise<Stored<ConsentState> | undefined>;
  /** @throws RowConflict if the state was used meanwhile */
  replaceState(state: ConsentState, etag: string): Promise<string>;
  /** Forgets what expired before a time, milliseconds since the epoch: the names of those who signed in go with it. */
  forgetExpired(before: number): Promise<void>;
}

export function createConsentStore(tables: Tables): ConsentStore {
  const table = tables.table('consents');
  return {
    async addInvitation({ hash, tenantId, expires }) {
      await table.insert({ partitionKey: invitationPartition, rowKey: hash, tenantId, expires: isoTime(expires) });
    },
    async invitation(hash) {
      const stored = await table.get(invitationPartition, hash);
      return stored && { hash, tenantId: text(stored.row, 'tenantId'), expires: time(stored.row, 'expires') };
    },
    async addState(state) {
      await table.insert(stateToRow(state));
    },
    async state(hash) {
      const stored = await table.get(statePartition, hash);
      return stored && stateFromRow(stored);
    },
    replaceState: (state, etag) => table.replace(stateToRow(state), etag),
    async forgetExpired(before) {
      for (const partitionKey of [invitationPartition, statePartition]) {
        const rows = (await Array.fromAsync(table.query({ partitionKey }))).map(({ row }) => row);
        const expired = rows.filter((row) => time(row, 'expires') < before);
        for (const { rowKey } of expired.slice(0, mostForgotten)) await table.remove(partitionKey, rowKey);
      }
    },
  };
}
