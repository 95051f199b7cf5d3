import { expect, test } from 'vitest';

import { createSeenStore, seenEntryBytes, type SeenPlace, type SeenRow } from '../../../shared/state/seen.ts';
import { describeTables } from './tables-fixture.ts';

let places = 0;

/** A place that nobody has written to, since the months are shared. */
const freshPlace = (): SeenPlace => ({
  destination: `soc${(places += 1)}`,
  feed: { tenantId: '11111111-2222-3333-4444-555555555555', contentType: 'Audit.Exchange' },
  hour: '2026-11-22T10',
});

const now = Date.parse('2026-11-22T10:30:00Z');
const entries = (count: number, fill = 1): Uint8Array => new Uint8Array(count * seenEntryBytes).fill(fill);
const sizes = (rows: readonly SeenRow[]): number[] => rows.map((row) => row.entries.length / seenEntryBytes);

describeTables((fresh) => {
  test('what is written is read back in the order of its times, from a key on, and its keys from a moment on', async () => {
    const seen = createSeenStore(fresh().tables);
    const place = freshPlace();
    const keys = [];
    for (const minute of [0, 2, 1]) keys.push(...(await seen.write(place, now + minute * 60_000, entries(minute + 1))));
    const ordered = keys.toSorted();
    const rows = await Array.fromAsync(seen.read(place, '202611'));
    expect(rows.map(({ key }) => key)).toEqual(ordered);
    expect(sizes(rows)).toEqual([1, 2, 3]);
    expect(sizes(await Array.fromAsync(seen.read(place, '202611', ordered[1])))).toEqual([2, 3]);
    expect(await seen.keys(place, '202611', now + 60_000)).toEqual(ordered.slice(1));
    expect(await seen.keys(place, '202611', now + 60_001)).toEqual(ordered.slice(2));
  });

  test('places and months are by themselves', async () => {
    const seen = createSeenStore(fresh().tables);
    const place = freshPlace();
    await seen.write(place, now, entries(1));
    const others: SeenPlace[] = [
      { ...place, destination: `${place.destination}x` },
      { ...place, feed: { ...place.feed, contentType: 'Audit.General' } },
      { ...place, hour: '2026-11-22T09' },
    ];
    for (const other of others) expect(await Array.fromAsync(seen.read(other, '202611'))).toEqual([]);
    expect(await Array.fromAsync(seen.read(place, '202612'))).toEqual([]);
  });

  test('a full request is one row, and more than fits a column is split', async () => {
    const seen = createSeenStore(fresh().tables);
    const place = freshPlace();
    expect(await seen.write(place, now, entries(3_000, 1))).toHaveLength(1);
    expect(await seen.write(place, now, entries(5_000, 2))).toHaveLength(2);
    const rows = await Array.fromAsync(seen.read(place, '202611'));
    expect(sizes(rows).toSorted((a, b) => a - b)).toEqual([1_724, 3_000, 3_276]);
  });

  test('two who write at the same moment do not write over each other, and the same written twice is one row', async () => {
    const seen = createSeenStore(fresh().tables);
    const place = freshPlace();
    await Promise.all([1, 2, 2].map((fill) => seen.write(place, now, entries(1, fill))));
    expect(await seen.keys(place, '202611', now)).toHaveLength(2);
  });
});
