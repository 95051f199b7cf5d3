import { hourOf } from '../../shared/activity-api/hours.ts';
import { createAzureTables } from '../../shared/state/azure-tables.ts';
import { createLedger } from '../../shared/state/ledger.ts';
import type { StorageClients } from '../../shared/state/storage-clients.ts';
import type { Outcome } from './judge.ts';
import type { OfferedContent } from './offers.ts';

/** What the relay's ledger says about the feeds and hours of the contents that were offered, by content id. */
export async function readOutcomes(
  clients: StorageClients,
  offered: readonly OfferedContent[],
): Promise<Map<string, Outcome>> {
  const ledger = createLedger(createAzureTables(clients));
  const hours = new Map(
    offered.map((content) => {
      const hour = hourOf(content.created);
      return [`${content.tenantId} ${content.contentType} ${hour}`, { feed: content, hour }];
    }),
  );
  const outcomes = new Map<string, Outcome>();
  for (const { feed, hour } of hours.values()) {
    const { contents, parkedRecords } = await ledger.hour(feed, hour);
    const recordsOf = Map.groupBy(parkedRecords, ({ contentId }) => contentId);
    for (const { value } of contents) {
      const { state, reason, records } = value;
      outcomes.set(value.id, { state, reason, records, parkedRecords: recordsOf.get(value.id) ?? [] });
    }
  }
  return outcomes;
}
