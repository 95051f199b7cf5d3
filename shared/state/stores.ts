import type { Clock } from '../clock.ts';
import { type ConsentStore, createConsentStore } from './consents.ts';
import { createDestinationMarkStore, type DestinationMarkStore } from './destination-marks.ts';
import { createFeedStore, type FeedStore } from './feeds.ts';
import { createHistoryStore, type HistoryStore } from './history.ts';
import { createHourStore, type HourStore } from './hours.ts';
import { createLeftFeedStore, type LeftFeedStore } from './left-feeds.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { createMalformedStore, type MalformedStore } from './malformed.ts';
import { createMarkStore, type MarkStore } from './marks.ts';
import { createMonthStore, type MonthStore } from './months.ts';
import { createOpenHourStore, type OpenHourStore } from './open-hours.ts';
import { createSeenStore, type SeenStore } from './seen.ts';
import { createSessionStore, type SessionStore } from './sessions.ts';
import type { Tables } from './table.ts';
import { createTenantStore, type TenantStore } from './tenants.ts';

/** All tables of this app. */
export interface Stores {
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
  readonly seen: SeenStore;
  readonly history: HistoryStore;
  readonly consents: ConsentStore;
  readonly sessions: SessionStore;
}

/** @param clock for marks that were read within the last seconds; without one they are read anew each time */
export const createStores = (tables: Tables, clock?: Pick<Clock, 'now'>): Stores => ({
  tenants: createTenantStore(tables),
  feeds: createFeedStore(tables),
  leftFeeds: createLeftFeedStore(tables),
  hours: createHourStore(tables),
  openHours: createOpenHourStore(tables),
  ledger: createLedger(tables),
  malformed: createMalformedStore(tables),
  marks: createMarkStore(tables, clock),
  destinationMarks: createDestinationMarkStore(tables, clock),
  months: createMonthStore(tables),
  seen: createSeenStore(tables),
  history: createHistoryStore(tables),
  consents: createConsentStore(tables),
  sessions: createSessionStore(tables),
});
