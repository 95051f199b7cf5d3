import type { LedgerContent } from '../state/ledger-row.ts';
import type { Tenant } from '../state/tenants.ts';
import type { Batch } from './batch-message.ts';
import type { HeldRows } from './held-rows.ts';
import type { Pipeline } from './pipeline.ts';

/** One batch in the hands of one worker. */
export interface BatchWork {
  readonly pipeline: Pipeline;
  readonly batch: Batch;
  readonly tenant: Tenant;
  /** What this worker's holds are marked with. */
  readonly by: string;
  readonly rows: HeldRows;
  /** The contents as they were taken. */
  readonly contents: readonly LedgerContent[];
}

/** The fields that name a batch in a log event. */
export const batchFields = ({ tenantId, contentType, hour }: Batch) => ({ tenantId, contentType, hour });
