import type { Hour } from '../activity-api/hours.ts';
import type { TakenRecord } from '../delivery/deliverer.ts';
import { forEachLimited } from '../for-each-limited.ts';
import type { CutRecord } from '../records/cut-record.ts';
import { createOrdinalSet, type OrdinalSet } from '../records/ordinal-set.ts';
import type { FeedId } from '../state/feed-key.ts';
import { createBatchPlaces } from './batch-places.ts';
import { answered, claimFor, createParty, endClaim, giveUp, type Party, waitFor } from './claim.ts';
import type { Partition } from './partition.ts';
import type { Partitions } from './partitions.ts';
import { contentMark, hourOfCreation, idWords, writeId } from './record-key.ts';
import type { BatchRepeats } from './repeats.ts';
import { entriesOf } from './seen-entries.ts';

interface Content {
  readonly mark: number;
  readonly delivered: OrdinalSet;
  /** By destination. */
  readonly parties: Map<string, Party>;
}

/** Storage need not take the hours of a request all at once. */
const writesAtOnce = 16;

/** The repeats of one batch, among those of all batches of this process. */
export function beginBatch(known: Partitions, feed: FeedId, signal: AbortSignal | undefined): BatchRepeats {
  const places = createBatchPlaces(known, feed);
  const contents = new Map<string, Content>();
  const parties = new Set<Party>();
  const id = new Uint32Array(idWords);

  const contentOf = (contentId: string): Content => {
    let content = contents.get(contentId);
    if (content === undefined) {
      content = { mark: contentMark(contentId), delivered: createOrdinalSet(), parties: new Map() };
      contents.set(contentId, content);
    }
    return content;
  };
  const partyOf = (destination: string, contentId: string): Party => {
    const content = contentOf(contentId);
    const party = content.parties.get(destination) ?? createParty(contentId, content.delivered);
    content.parties.set(destination, party);
    parties.add(party);
    return party;
  };

  /** What is known of the place of each record that can be a repeat. */
  const reach = async (destination: string, records: readonly CutRecord[]): Promise<(Partition | undefined)[]> => {
    const hours = records.map((record) =>
      record.id === undefined || record.creationTime === undefined ? undefined : hourOfCreation(record.creationTime),
    );
    await places.reach(destination, hours);
    return hours.map((hour) => (hour === undefined ? undefined : places.get(destination, hour)));
  };

  /** From here to the end nothing is awaited: what is fresh to one content is in flight for all others at once. */
  const sortNow = (
    { mark, delivered }: Content,
    party: Party,
    records: readonly CutRecord[],
    partitions: readonly (Partition | undefined)[],
  ) => {
    const fresh: CutRecord[] = [];
    const had: number[] = [];
    const repeats: number[] = [];
    let index = 0;
    for (const record of records) {
      const partition = partitions[index++];
      if (partition === undefined || record.id === undefined) {
        fresh.push(record);
        continue;
      }
      const key = writeId(record.id, id);
      const found = partition.ids.find(id, mark);
      if (found === 'same') {
        had.push(record.ordinal);
        delivered.add(record.ordinal);
        continue;
      }
      const claim = partition.claims.get(key);
      if (found === undefined && claim === undefined) {
        partition.claims.set(key, claimFor(party));
        fresh.push(record);
        continue;
      }
      repeats.push(record.ordinal);
      if (found === undefined && claim !== undefined) waitFor(claim, party, record.ordinal);
    }
    return { fresh: fresh.length === records.length ? records : fresh, had, repeats };
  };

  /** What the destination has said counts at once in this process, whether or not it can be written down. */
  const remember = (partition: Partition, records: readonly TakenRecord[]): void => {
    for (const { recordId, contentId } of records) {
      if (recordId === null) continue;
      const key = writeId(recordId, id);
      partition.ids.add(id, contentOf(contentId).mark);
      const claim = partition.claims.get(key);
      if (claim === undefined) continue;
      partition.claims.delete(key);
      endClaim(claim, true);
    }
  };

  return {
    async sort(destination, contentId, records) {
      const partitions = await reach(destination, records);
      return sortNow(contentOf(contentId), partyOf(destination, contentId), records, partitions);
    },

    async recall(destination, contentId, records) {
      const partitions = await reach(destination, records);
      const { mark, delivered } = contentOf(contentId);
      const repeats: number[] = [];
      for (const [index, record] of records.entries()) {
        if (record.id === undefined) continue;
        writeId(record.id, id);
        const found = partitions[index]?.ids.find(id, mark);
        if (found === 'same') delivered.add(record.ordinal);
        else if (found !== undefined) repeats.push(record.ordinal);
      }
      return repeats;
    },

    async taken(destination, records) {
      const byHour = new Map<Hour, TakenRecord[]>();
      for (const record of records) {
        contentOf(record.contentId).delivered.add(record.ordinal);
        const hour = record.creationTime === undefined ? undefined : hourOfCreation(record.creationTime);
        if (hour === undefined || record.recordId === null) continue;
        const group = byHour.get(hour);
        if (group) group.push(record);
        else byHour.set(hour, [record]);
      }
      const held = [...byHour].map(([hour, group]) => ({
        group,
        entries: entriesOf(group, (contentId) => contentOf(contentId).mark),
        partition: known.hold({ destination, feed, hour }),
      }));
      const unwritten = new Set(held);
      try {
        await forEachLimited(held, writesAtOnce, async (one) => {
          await one.partition.write(one.entries);
          unwritten.delete(one);
        });
      } finally {
        // The next try finds that the destination has these, so it neither sends nor writes them.
        for (const { partition, entries } of unwritten) partition.keep(entries);
        for (const { partition, group } of held) {
          remember(partition, group);
          known.release(partition);
        }
      }
    },

    async end(contentId) {
      const { delivered, parties: own } = contentOf(contentId);
      const ended = new Map(own);
      // What is looked at after this, when a record is replayed, is a matter of its own.
      own.clear();
      for (const party of ended.values()) giveUp(party);
      for (const party of ended.values()) await answered(party, signal);
      return { delivered, missed: new Map([...ended].map(([name, { missed }]) => [name, missed])) };
    },

    abandon(contentId) {
      for (const party of contentOf(contentId).parties.values()) giveUp(party);
    },

    [Symbol.dispose]() {
      const hasClaims = [...parties].some(({ inFlight }) => inFlight > 0);
      for (const { claims } of hasClaims ? places.all() : []) {
        for (const [key, claim] of claims) {
          if (!parties.has(claim.owner)) continue;
          claims.delete(key);
          endClaim(claim, false);
        }
      }
      places.release();
    },
  };
}
