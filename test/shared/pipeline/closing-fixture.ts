import { listHour } from '../../../shared/pipeline/list-hour.ts';
import type { DestinationMark } from '../../../shared/state/destination-marks.ts';
import type { ParkedRecord } from '../../../shared/state/ledger-row.ts';
import type { Tenant } from '../../../shared/state/tenants.ts';
import { activeTenant, createTestPipeline, type TestPipeline } from '../../support/test-pipeline.ts';
import { changeRows, emptyQueue, feed, hour, never, offer } from './listing-fixture.ts';

export const contentId = 'content-0000';
export const place = { feed, hour, contentId };

/** A pipeline with an active tenant that listed these contents of the test hour, and whose queue was cleared. */
export async function listed(
  contents: number,
  options: Parameters<typeof createTestPipeline>[0] = {},
): Promise<TestPipeline> {
  const pipeline = createTestPipeline(options);
  await pipeline.tenants.insert(activeTenant());
  offer(pipeline, contents);
  await listHour(pipeline, activeTenant(), feed, hour, never);
  emptyQueue(pipeline.queue);
  return pipeline;
}

/** Writes down that a destination is down, from now on. */
export async function markDown(
  pipeline: TestPipeline,
  destination = 'soc',
  change: Partial<DestinationMark> = {},
): Promise<void> {
  const before = (await pipeline.destinationMarks.all()).get(destination);
  const now = pipeline.clock.now();
  const mark: DestinationMark = {
    standing: 'down',
    until: now + 60_000,
    since: now,
    times: 1,
    reason: 'The destination soc does not answer.',
    takenAt: undefined,
    probeSentAt: undefined,
    ...change,
  };
  await pipeline.destinationMarks.write(destination, mark, before?.etag);
}

export async function changeTenant(pipeline: TestPipeline, change: Partial<Tenant>): Promise<void> {
  const stored = await pipeline.tenants.get(feed.tenantId);
  if (stored) await pipeline.tenants.replace({ ...stored.value, ...change }, stored.etag);
}

export const parkedRecord = (change: Partial<ParkedRecord> = {}): ParkedRecord => ({
  contentId,
  state: 'parked',
  destination: undefined,
  ordinal: 3,
  recordId: 'record-3',
  reason: 'The record is too long.',
  firstSeen: 0,
  ...change,
});

/** Changes every content of the test hour, and gives each these rows of records. */
export async function parkRecords(
  pipeline: TestPipeline,
  change: Parameters<typeof changeRows>[1],
  ...records: ParkedRecord[]
): Promise<void> {
  const { contents } = await pipeline.ledger.hour(feed, hour);
  await pipeline.ledger.replace(
    feed,
    hour,
    contents.map(({ value, etag }) => ({
      value: { ...value, hasRecordRows: true, ...change },
      etag,
      parkedRecords: records.map((record) => ({ ...record, contentId: value.id })),
    })),
  );
}

/** Puts a body into `saved` for the first content, and for these records of it. */
export async function save(pipeline: TestPipeline, ...ordinals: number[]): Promise<void> {
  const body = async function* () {
    yield await Promise.resolve(Buffer.from('[]'));
  };
  await pipeline.saved.saveContent(place, body());
  for (const ordinal of ordinals) await pipeline.saved.saveRecord(place, ordinal, body());
}

export const recordStates = async (pipeline: TestPipeline): Promise<string[]> =>
  (await pipeline.ledger.hour(feed, hour)).parkedRecords.map(({ state }) => state);
