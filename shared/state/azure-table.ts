import { odata, type TransactionAction } from '@azure/data-tables';
import { rememberRemovalEtags } from './removal-etags.ts';
import { checkKey, checkRow, checkTransaction } from './row-rules.ts';
import type { StorageClients } from './storage-clients.ts';
import { readStorageFailure, storageErrorOf } from './storage-failure.ts';
import { RowConflict, type RowOperation, type RowQuery, type Table } from './table.ts';
import { fromEntity, toEntity } from './table-entities.ts';

const pageSize = 1000;

const isTableMissing = (error: unknown): boolean => {
  const { code } = readStorageFailure(error);
  return code === 'TableNotFound' || code === 'TableBeingDeleted';
};

const isRowMissing = (error: unknown): boolean => {
  const { status, code } = readStorageFailure(error);
  return status === 404 && (code === 'ResourceNotFound' || code === 'EntityNotFound');
};

const isConflict = (error: unknown): boolean => {
  const { status, code } = readStorageFailure(error);
  return status === 412 || code === 'EntityAlreadyExists' || isRowMissing(error);
};

function filterOf({ partitionKey, rowKeyFrom, rowKeyBefore }: RowQuery): string | undefined {
  const clauses: string[] = [];
  if (partitionKey !== undefined) clauses.push(odata`PartitionKey eq ${partitionKey}`);
  if (rowKeyFrom !== undefined) clauses.push(odata`RowKey ge ${rowKeyFrom}`);
  if (rowKeyBefore !== undefined) clauses.push(odata`RowKey lt ${rowKeyBefore}`);
  return clauses.length === 0 ? undefined : clauses.join(' and ');
}

function toAction(partitionKey: string, operation: RowOperation): TransactionAction {
  if ('insert' in operation) return ['create', toEntity(operation.insert)];
  if ('put' in operation) return ['upsert', toEntity(operation.put), 'Replace'];
  if ('remove' in operation) return ['delete', { partitionKey, rowKey: operation.remove.rowKey }];
  return ['update', toEntity(operation.replace), 'Replace', { etag: operation.etag }];
}

/** One table of Table Storage behind the seam of `table.ts`. An operation gives up after 20 s, retries included. */
export function createAzureTable(clients: StorageClients, name: string): Table {
  const client = clients.table(name);
  const limited = (): { abortSignal: AbortSignal } => ({ abortSignal: clients.timeLimit() });

  const failure = (error: unknown): Error =>
    isConflict(error)
      ? new RowConflict(`A row of table ${name} was written by another first; read it again.`)
      : storageErrorOf(error, `The table ${name}`);

  const write = async <T>(attempt: () => Promise<T>): Promise<T> => {
    try {
      return await attempt();
    } catch (error) {
      if (!isTableMissing(error)) throw failure(error);
    }
    try {
      await clients.tables.createTable(name, limited());
      return await attempt();
    } catch (error) {
      throw failure(error);
    }
  };

  return {
    async get(partitionKey, rowKey) {
      checkKey(partitionKey);
      checkKey(rowKey);
      try {
        return fromEntity(await client.getEntity(partitionKey, rowKey, limited()));
      } catch (error) {
        if (isTableMissing(error) || isRowMissing(error)) return undefined;
        throw storageErrorOf(error, `The table ${name}`);
      }
    },
    async insert(row) {
      checkRow(row);
      return await write(async () => (await client.createEntity(toEntity(row), limited())).etag ?? '');
    },
    async replace(row, etag) {
      checkRow(row);
      try {
        return (await client.updateEntity(toEntity(row), 'Replace', { ...limited(), etag })).etag ?? '';
      } catch (error) {
        if (isTableMissing(error)) throw new RowConflict(`The table ${name} is gone; read again.`);
        throw failure(error);
      }
    },
    async put(row) {
      checkRow(row);
      return await write(async () => (await client.upsertEntity(toEntity(row), 'Replace', limited())).etag ?? '');
    },
    async remove(partitionKey, rowKey, etag) {
      checkKey(partitionKey);
      checkKey(rowKey);
      try {
        await client.deleteEntity(partitionKey, rowKey, { ...limited(), etag: etag ?? '*' });
      } catch (error) {
        if (isTableMissing(error) || isRowMissing(error)) {
          if (etag === undefined) return;
          throw new RowConflict(`A row of table ${name} is gone; read again.`);
        }
        throw failure(error);
      }
    },
    async *query(query) {
      const filter = filterOf(query);
      const queryOptions = {
        ...(filter === undefined ? {} : { filter }),
        ...(query.keysOnly === true ? { select: ['PartitionKey', 'RowKey'] } : {}),
      };
      let continuationToken: string | undefined;
      do {
        // A signal for each page: how long the reader takes over one is not our affair.
        const pages = client
          .listEntities({ ...limited(), queryOptions })
          .byPage({ maxPageSize: pageSize, ...(continuationToken === undefined ? {} : { continuationToken }) });
        let page;
        try {
          page = await pages.next();
        } catch (error) {
          if (isTableMissing(error)) return;
          throw storageErrorOf(error, `The table ${name}`);
        }
        if (page.done === true) return;
        for (const entity of page.value) yield fromEntity(entity);
        ({ continuationToken } = page.value);
      } while (continuationToken !== undefined);
    },
    async transact(partitionKey, operations) {
      checkTransaction(partitionKey, operations);
      if (operations.length === 0) return [];
      const actions = operations.map((operation) => toAction(partitionKey, operation));
      const removalEtags = operations.flatMap((operation) => ('remove' in operation ? [operation.etag] : []));
      return await write(async () => {
        const { abortSignal } = limited();
        rememberRemovalEtags(abortSignal, removalEtags);
        const { subResponses } = await client.submitTransaction(actions, { abortSignal });
        return operations.map((_operation, index) => subResponses[index]?.etag ?? '');
      });
    },
  };
}
