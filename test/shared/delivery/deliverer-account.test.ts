import fc from 'fast-check';
import { expect, test } from 'vitest';
import { systemClock } from '../../../shared/clock.ts';
import { createDeliverer } from '../../../shared/delivery/deliverer.ts';
import { DestinationError } from '../../../shared/delivery/destination-error.ts';
import { taken } from '../../../shared/delivery/destination.ts';
import type { Destination } from '../../../shared/delivery/destination.ts';
import type { CutRecord } from '../../../shared/records/cut-record.ts';
import { calm, tenantId } from './sample-delivery.ts';

const maxRecords = 4;
const maxBytes = 2000;
const names = ['soc', 'archive'];

const cut = (contentId: string, ordinal: number, size: number): CutRecord => ({
  ordinal,
  offset: 0,
  length: size,
  bytes: Buffer.alloc(size, 'x'),
  id: `${contentId}-${ordinal}`,
  creationTime: undefined,
});

const offer = fc.record({
  sizes: fc.array(fc.integer({ min: 2, max: 900 }), { maxLength: 6 }),
  owed: fc.subarray(names),
});
const content = fc.record({ offers: fc.array(offer, { maxLength: 5 }), breaks: fc.boolean(), known: fc.boolean() });
const answers = fc.infiniteStream(
  fc.constantFrom('take', 'take', 'take', 'refuse', 'no', 'large', 'later', 'later', 'wrong'),
);

/** Answers after a turn of the event loop, as the stream says; keeps what it took. */
function capricious(name: string, moods: Iterator<string>) {
  const had: string[] = [];
  const requests: number[] = [];
  const destination: Destination = {
    name,
    type: 'fake',
    async deliver({ records }) {
      requests.push(records.length);
      await new Promise((resolve) => setImmediate(resolve));
      const mood: unknown = moods.next().value;
      if (mood === 'later') throw new DestinationError('Later.', { kind: 'unavailable' });
      if (mood === 'large' && records.length > 2) throw new DestinationError('Large.', { kind: 'too-large' });
      // Some records it never takes; and sometimes it takes none at all.
      if (mood === 'no' || records.some(({ recordId }) => recordId?.endsWith('-3'))) {
        throw new DestinationError('No.', { kind: 'refused' });
      }
      if (mood === 'wrong' && had.length > 5) throw new DestinationError('Wrong.', { kind: 'misconfigured' });
      return records.map(({ recordId }, index) => {
        if (mood === 'refuse' && index === 0) return { taken: false, answer: 'no' } as const;
        had.push(String(recordId));
        return taken;
      });
    },
  };
  return { destination, had, requests };
}

test('whatever contents, destinations and order: every content has its outcome, and the outcome is true', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(content, { maxLength: 8 }), answers, answers, async (contents, first, second) => {
      const sinks = [capricious('soc', first), capricious('archive', second)];
      const noted = new Map<string, number>();
      const kept = new Set<string>();
      const deliverer = createDeliverer({
        destinations: sinks.map(({ destination }) => destination),
        tenantId,
        customerName: 'Contoso',
        contentType: 'Audit.General',
        hour: '2026-11-22T10',
        clock: systemClock,
        random: { token: () => '', fraction: () => 0 },
        signal: calm(),
        contentIds: contents.flatMap(({ known }, index) => (known ? [`c${index}`] : [])),
        maxRequestRecords: maxRecords,
        maxRequestBytes: maxBytes,
        lingerMs: 1,
        retryPausesMs: [0, 0],
        onRefused(destination, records) {
          for (const { contentId, ordinal } of records) kept.add(`${destination} ${contentId} ${ordinal}`);
          return Promise.resolve();
        },
        onTaken(destination, records) {
          for (const { recordId } of records) {
            const key = `${destination} ${String(recordId)}`;
            noted.set(key, (noted.get(key) ?? 0) + 1);
          }
          return Promise.resolve();
        },
      });

      await Promise.all(
        contents.map(async ({ offers, breaks }, index) => {
          const contentId = `c${index}`;
          const offered = new Map<string, string[]>();
          let ordinal = 0;
          for (const { sizes, owed } of offers) {
            const records = sizes.map((size) => cut(contentId, ordinal++, size));
            for (const name of records.length > 0 ? owed : []) {
              offered.set(name, [...(offered.get(name) ?? []), ...records.map(({ id }) => String(id))]);
            }
            await deliverer.offer(contentId, records, owed);
          }
          if (breaks) {
            deliverer.abandon(contentId);
            return;
          }
          const { byDestination } = await deliverer.finish(contentId);
          expect([...byDestination.keys()].sort()).toEqual([...offered.keys()].sort());
          for (const [name, { delivered, refused, suspected, failed }] of byDestination) {
            const had = sinks.find(({ destination }) => destination.name === name)?.had ?? [];
            expect(had.filter((id) => offered.get(name)?.includes(id))).toHaveLength(delivered);
            const answered = delivered + refused.length;
            for (const one of [...refused, ...suspected]) {
              expect(had).not.toContain(one.recordId);
              expect(kept.has(`${name} ${contentId} ${one.ordinal}`)).toBe(true);
            }
            if (failed) expect(answered).toBeLessThan(offered.get(name)?.length ?? 0);
            if (failed) expect(answered + suspected.length).toBeLessThanOrEqual(offered.get(name)?.length ?? 0);
            else expect(answered).toBe(offered.get(name)?.length);
          }
        }),
      );
      await deliverer.drained();

      for (const { destination, had, requests } of sinks) {
        expect(new Set(had).size).toBe(had.length);
        expect(Math.max(0, ...requests)).toBeLessThanOrEqual(maxRecords);
        for (const id of had) expect(noted.get(`${destination.name} ${id}`)).toBe(1);
      }
    }),
    { numRuns: 300 },
  );
});
