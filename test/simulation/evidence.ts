import {
  contentFromRow,
  isRecordRow,
  type LedgerContent,
  type ParkedRecord,
  recordFromRow,
} from '../../shared/state/ledger-row.ts';
import { createFeedStore, type Feed } from '../../shared/state/feeds.ts';
import { createHourStore, type ListedHour } from '../../shared/state/hours.ts';
import { createMalformedStore, type Malformed } from '../../shared/state/malformed.ts';
import { createOpenHourStore } from '../../shared/state/open-hours.ts';
import { createTenantStore, type Tenant } from '../../shared/state/tenants.ts';
import { hourKey } from '../../shared/state/feed-key.ts';
import type { PlannedContent } from './plan.ts';
import type { World } from './world.ts';

/** One content as it ended, beside what was planned. */
export interface EndedContent {
  readonly planned: PlannedContent;
  /** Feed and hour. */
  readonly hour: string;
  readonly row: LedgerContent;
  readonly records: readonly ParkedRecord[];
}

/** What the tables and the container hold when a world has come to rest. */
export interface Evidence {
  readonly contents: ReadonlyMap<string, EndedContent>;
  readonly hours: ReadonlyMap<string, { readonly feed: Feed; readonly row: ListedHour }>;
  /** Keys of the hours in the index `open`. */
  readonly open: ReadonlySet<string>;
  readonly feeds: readonly Feed[];
  readonly tenants: readonly Tenant[];
  readonly malformed: readonly Malformed[];
}

/** Reads everything, past the turns that processes take. */
export async function gather({ tables, plan }: World): Promise<Evidence> {
  const planned = new Map(plan.contents.map((content) => [content.id, content]));
  const contents = new Map<string, EndedContent>();
  for (const name of await tables.names('ledger')) {
    const rows = (await Array.fromAsync(tables.table(name).query({}))).map(({ row }) => row);
    const records = Map.groupBy(rows.filter(isRecordRow).map(recordFromRow), ({ contentId }) => contentId);
    for (const row of rows) {
      if (row.partitionKey === 'malformed' || isRecordRow(row)) continue;
      const content = contentFromRow(row);
      const known = planned.get(content.id);
      if (known === undefined) throw new Error(`The ledger holds ${content.id}, which nobody planned.`);
      contents.set(content.id, {
        planned: known,
        hour: row.partitionKey,
        row: content,
        records: records.get(content.id) ?? [],
      });
    }
  }
  const feeds = (await createFeedStore(tables).all()).map(({ value }) => value);
  const hours = new Map<string, { feed: Feed; row: ListedHour }>();
  const store = createHourStore(tables);
  for (const feed of feeds) {
    for (const { value } of await store.all(feed)) hours.set(hourKey(feed, value.hour), { feed, row: value });
  }
  return {
    contents,
    hours,
    open: new Set((await createOpenHourStore(tables).all()).map(({ feed, hour }) => hourKey(feed, hour))),
    feeds,
    tenants: (await createTenantStore(tables).all()).map(({ value }) => value),
    malformed: await createMalformedStore(tables).all(),
  };
}
