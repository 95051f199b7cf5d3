import { isoTime, text, time } from './columns.ts';
import type { Tables } from './table.ts';

/** What an operator may do in the console: everything, or look. */
export const operatorRoles = ['Operator', 'Reader'] as const;

export type OperatorRole = (typeof operatorRoles)[number];

/** Somebody signed in to the console. The cookie holds a random id, the row its hash. */
export interface Session {
  readonly hash: string;
  /** The person's object ID in the home tenant. */
  readonly objectId: string;
  readonly name: string;
  readonly role: OperatorRole;
  /** Milliseconds since the epoch. */
  readonly signedInAt: number;
  readonly expires: number;
}

const partition = 'session';

/** Table `sessions`: a session ends when its row is gone. */
export interface SessionStore {
  add(session: Session): Promise<void>;
  get(hash: string): Promise<Session | undefined>;
  all(): Promise<Session[]>;
  remove(hash: string): Promise<void>;
}

export function createSessionStore(tables: Tables): SessionStore {
  const table = tables.table('sessions');
  const fromRow = (row: Parameters<typeof text>[0]): Session => ({
    hash: row.rowKey,
    objectId: text(row, 'objectId'),
    name: text(row, 'name'),
    // Whatever is not plainly more may only look.
    role: row['role'] === 'Operator' ? 'Operator' : 'Reader',
    signedInAt: time(row, 'signedInAt'),
    expires: time(row, 'expires'),
  });
  return {
    async add({ hash, signedInAt, expires, ...rest }) {
      const times = { signedInAt: isoTime(signedInAt), expires: isoTime(expires) };
      await table.put({ partitionKey: partition, rowKey: hash, ...rest, ...times });
    },
    async get(hash) {
      const stored = await table.get(partition, hash);
      return stored && fromRow(stored.row);
    },
    async all() {
      return (await Array.fromAsync(table.query({ partitionKey: partition }))).map(({ row }) => fromRow(row));
    },
    async remove(hash) {
      await table.remove(partition, hash);
    },
  };
}
