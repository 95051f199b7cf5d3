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

/** A state ends within an hour of its making, and may be looked at for a day after that; milliseconds. */
const mostAheadMs = 3_600_000;
const mostBehindMs = 24 * 3_600_000;

/**
 * States sort by the day on which they expire. Anybody can have thousands made by pressing a button, so those of the past
 * must be found without reading those of today.
 */
const dayKey = (expires: number): string => `until-${isoTime(expires).slice(0, 10)}`;

const stateKey = (hash: string, expires: number): string => `${dayKey(expires)}_${hash}`;

const stateToRow = (state: ConsentState): Row => ({
  partitionKey: statePartition,
  rowKey: stateKey(state.hash, state.expires),
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
    hash: row.rowKey.slice(row.rowKey.indexOf('_') + 1),
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
  /** @param now milliseconds since the epoch; a state that expired more than a day ago may not be found */
  state(hash: string, now: number): Promise<Stored<ConsentState> | undefined>;
  /** @throws RowConflict if the state was used meanwhile */
  replaceState(state: ConsentState, etag: string): Promise<string>;
  /**
   * Forgets invitations that expired before a time, milliseconds since the epoch, and states that did before its day: the
   * names of those who signed in go with them. Where there are many, some are left for the next time.
   */
  forgetExpired(before: number): Promise<void>;
}

export function createConsentStore(tables: Tables): ConsentStore {
  const table = tables.table('consents');

  async function forgetSome(rows: AsyncIterable<StoredRow>, isExpired: (stored: StoredRow) => boolean): Promise<void> {
    const keys: Pick<Row, 'partitionKey' | 'rowKey'>[] = [];
    for await (const stored of rows) {
      if (isExpired(stored)) keys.push(stored.row);
      if (keys.length >= mostForgotten) break;
    }
    for (const { partitionKey, rowKey } of keys) await table.remove(partitionKey, rowKey);
  }

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
    async state(hash, now) {
      const ends = [now, now + mostAheadMs, now - mostBehindMs];
      for (const rowKey of new Set(ends.map((expires) => stateKey(hash, expires)))) {
        const stored = await table.get(statePartition, rowKey);
        if (stored) return stateFromRow(stored);
      }
      return undefined;
    },
    replaceState: (state, etag) => table.replace(stateToRow(state), etag),
    async forgetExpired(before) {
      // Only operators make invitations, so all of them may be read.
      const invitations = table.query({ partitionKey: invitationPartition });
      await forgetSome(invitations, ({ row }) => time(row, 'expires') < before);
      const rowKeyBefore = dayKey(before);
      await forgetSome(table.query({ partitionKey: statePartition, rowKeyBefore, keysOnly: true }), () => true);
    },
  };
}
