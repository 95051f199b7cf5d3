import type { DestinationUses } from '../delivery/destination-uses.ts';
import type { LedgerContent, ParkedRecord } from '../state/ledger-row.ts';
import type { Tenant } from '../state/tenants.ts';
import type { Batch } from './batch-message.ts';
import type { DestinationHealth } from './destination-health.ts';
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

/** A batch whose contents are on their way to destinations. */
export interface Forwarding extends BatchWork {
  readonly health: DestinationHealth;
  readonly uses: DestinationUses;
  /** The rows of single records, by content id, as they were when the batch was taken. */
  readonly recordRows: ReadonlyMap<string, readonly ParkedRecord[]>;
}

/** The fields that name a batch in a log event. */
export const batchFields = ({ tenantId, contentType, hour }: Batch) => ({ tenantId, contentType, hour });
