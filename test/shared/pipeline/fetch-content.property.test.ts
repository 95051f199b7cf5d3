import fc from 'fast-check';
import { expect, test } from 'vitest';

import { DestinationError } from '../../../shared/delivery/destination-error.ts';
import type { FetchedContent } from '../../../shared/pipeline/fetch-content.ts';
import { createFakeDestination, type FakeDestination } from '../../support/fake-destination.ts';
import { createWorker, createWorld, guid } from '../repeats/repeats-fixture.ts';
import { fetchBatch } from './fetching.ts';
import { finish } from './forwarding.ts';

const names = ['soc', 'archive'];
const down = new DestinationError('The destination is down; wait.', { kind: 'unavailable' });

/** A record's Id by number, from a small pool; none for 0. Its hour follows from it, as a record's does. */
const recordOf = (number: number, content: string, ordinal: number): object =>
  number === 0
    ? { Place: `${content}/${ordinal}` }
    : { Id: guid(number), CreationTime: `2026-11-22T0${number % 4}:00:00` };

const plan = fc.record({
  /** Numbers of each content's records. */
  contents: fc.array(fc.array(fc.nat(25), { maxLength: 12 }), { minLength: 1, maxLength: 8 }),
  /** To which batch a content belongs; batches of the same number go side by side. */
  batches: fc.array(fc.nat(3), { minLength: 8, maxLength: 8 }),
  /** Which requests fail, by destination. */
  failures: fc.tuple(fc.array(fc.boolean(), { maxLength: 6 }), fc.array(fc.boolean(), { maxLength: 6 })),
  chunkBytes: fc.integer({ min: 40, max: 600 }),
  maxRequestRecords: fc.integer({ min: 1, max: 8 }),
  restarts: fc.boolean(),
});

/** What a destination has, by content. */
const receivedBy = (destination: FakeDestination): { contentId: string; key: string; isKeyed: boolean }[] =>
  destination.deliveries.flatMap(({ records }) =>
    records.map(({ contentId, recordId, bytes }) => ({
      contentId,
      key: recordId ?? Buffer.from(bytes).toString(),
      isKeyed: recordId !== null,
    })),
  );

test('every record arrives once at each destination, however contents repeat and destinations fail, and the counts add up', async () => {
  const property = fc.asyncProperty(plan, async ({ contents, batches, failures, restarts, ...how }) => {
    const { tables, clock } = createWorld();
    const destinations = names.map(createFakeDestination);
    for (const [index, one] of destinations.entries())
      one.failures.push(...(failures[index] ?? []).map((fails) => (fails ? down : undefined)));
    const all = contents.map((numbers, index) => {
      const id = `content-${index}`;
      return { id, records: numbers.map((number, ordinal) => recordOf(number, id, ordinal)) };
    });
    const owed = new Map(all.map(({ id }) => [id, new Set(names)]));
    const final = new Map<string, FetchedContent>();
    let repeats = createWorker(tables, clock);

    for (let round = 0; owed.size > 0; round += 1) {
      expect(round).toBeLessThan(20);
      const sets = Map.groupBy(
        all.filter(({ id }) => owed.has(id)),
        ({ id }) => (round === 0 ? batches[Number(id.slice(8))] : 0),
      );
      const work = [...sets.values()].map((set) =>
        fetchBatch({
          ...how,
          clock,
          repeats,
          destinations,
          deliverer: { maxRequestRecords: how.maxRequestRecords },
          contents: set.map(({ id, records }) => ({
            id,
            records,
            owed: names.filter((name) => owed.get(id)?.has(name)),
            had: names.filter((name) => owed.get(id)?.has(name) !== true),
          })),
        }),
      );
      for (const outcomes of await finish(clock, Promise.all(work))) {
        for (const [id, fetched] of outcomes) {
          if (fetched instanceof Error) throw fetched;
          for (const [name, { failed }] of fetched.destinations) if (!failed) owed.get(id)?.delete(name);
          if (owed.get(id)?.size !== 0) continue;
          owed.delete(id);
          final.set(id, fetched);
        }
      }
      if (restarts) repeats = createWorker(tables, clock);
    }

    const numbers = new Set(contents.flat().filter((number) => number > 0));
    for (const destination of destinations) {
      const received = receivedBy(destination);
      const ids = received.filter(({ isKeyed }) => isKeyed).map(({ key }) => key);
      expect(ids.toSorted()).toEqual([...numbers].map(guid).toSorted());
      const places = new Set(received.filter(({ isKeyed }) => !isKeyed).map(({ key }) => key));
      expect(places.size).toBe(contents.flat().filter((number) => number === 0).length);
    }
    for (const { id, records } of all) {
      const fetched = final.get(id);
      const delivered = new Set(
        destinations.flatMap(receivedBy).flatMap(({ contentId, key }) => (contentId === id ? [key] : [])),
      );
      expect(fetched).toMatchObject({
        records: records.length,
        delivered: delivered.size,
        duplicates: records.length - delivered.size,
      });
    }
  });
  await fc.assert(property, { numRuns: 150 });
});
