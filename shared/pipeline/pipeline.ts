import type { ActivityApi } from '../activity-api/activity-api.ts';
import type { Clock } from '../clock.ts';
import type { Destination } from '../delivery/destination.ts';
import type { TokenSource } from '../entra/token-source.ts';
import type { Log } from '../log.ts';
import type { Repeats } from '../repeats/repeats.ts';
import type { Random } from '../random.ts';
import type { ContentQueue } from '../state/content-queue.ts';
import type { DestinationMarkStore } from '../state/destination-marks.ts';
import type { FeedStore } from '../state/feeds.ts';
import type { LeftFeedStore } from '../state/left-feeds.ts';
import type { HistoryStore } from '../state/history.ts';
import type { HourStore } from '../state/hours.ts';
import type { Ledger } from '../state/ledger.ts';
import type { MalformedStore } from '../state/malformed.ts';
import type { MarkStore } from '../state/marks.ts';
import type { MonthStore } from '../state/months.ts';
import type { SavedStore } from '../state/saved.ts';
import type { OpenHourStore } from '../state/open-hours.ts';
import type { TenantStore } from '../state/tenants.ts';

/** Everything that the steps of the pipeline touch. Nothing in `shared/pipeline` reaches around it. */
export interface Pipeline {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly api: ActivityApi;
  /** Whose roles say what may be asked of a tenant; how they are used is the API's matter. */
  readonly tokens: TokenSource;
  readonly queue: ContentQueue;
  readonly tenants: TenantStore;
  readonly feeds: FeedStore;
  readonly leftFeeds: LeftFeedStore;
  readonly hours: HourStore;
  readonly openHours: OpenHourStore;
  readonly ledger: Ledger;
  readonly malformed: MalformedStore;
  readonly marks: MarkStore;
  readonly destinationMarks: DestinationMarkStore;
  readonly months: MonthStore;
  readonly history: HistoryStore;
  /** Bodies of contents and records that the API may not give again. */
  readonly saved: SavedStore;
  readonly destinations: readonly Destination[];
  /** What this process knows of the records that destinations have. */
  readonly repeats: Repeats;
  /** Contents in a message. */
  readonly batchSize: number;
  /** How long what became of a content is remembered, days. */
  readonly retentionDays: number;
}
