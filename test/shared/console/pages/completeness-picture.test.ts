import { expect, it } from 'vitest';

import { completenessPicture } from '../../../../shared/console/pages/completeness-picture.ts';
import { pictureNumbers } from '../../../../shared/console/pages/picture-numbers.ts';
import { pictureStyle } from '../../../../shared/pages/picture-style.ts';
import type { FeedAccount } from '../../../../shared/tenants/completeness.ts';
import { feedWith, hourAgo, hourWith, now, span } from './picture-fixture.ts';

const hourMs = 3_600_000;
const picture = async (...feeds: FeedAccount[]): Promise<string> => String(await completenessPicture(feeds, span));
const numbers = async (feeds: FeedAccount[], day?: string): Promise<string> =>
  String(await pictureNumbers(feeds, span, day));

const bars = (text: string) =>
  [...text.matchAll(/<rect class="(\w+)" x="([\d.]+)%" width="([\d.]+)%"><title>(.*?)<\/title>/g)].map(
    ([, fate, x, width, title]) => ({ fate, x: Number(x), width: Number(width), title }),
  );

it('draws a bar for an hour where it belongs, with its numbers', async () => {
  const drawn = bars(
    await picture(feedWith([hourWith(hourAgo(166), { delivered: 12 }), hourWith(hourAgo(0), { parked: 1 })])),
  );
  expect(drawn).toMatchObject([
    { fate: 'delivered', x: 0, title: 'Sun 15 Nov 12:00–13:00: 12 delivered' },
    { fate: 'parked', x: 99.4, title: 'Sun 22 Nov 10:00–11:00: 1 parked' },
  ]);
  expect((drawn[1]?.x ?? 0) + (drawn[1]?.width ?? 0)).toBeLessThanOrEqual(100);
});

it('draws what is worse higher, so that colours are not needed, all on the same ground', async () => {
  const fates = [{}, { delivered: 1 }, { pending: 1 }, { parked: 1 }, { lost: 1 }];
  const drawn = bars(await picture(feedWith(fates.map((contents, index) => hourWith(hourAgo(10 - index), contents)))));
  expect(drawn.map(({ fate }) => fate)).toEqual(['empty', 'delivered', 'pending', 'parked', 'lost']);
  const shapes = drawn.map(({ fate }) => {
    const shape = new RegExp(`\\.picture \\.${fate ?? ''} \\{ y: (\\d+)px; height: (\\d+)px; \\}`).exec(pictureStyle);
    return { y: Number(shape?.[1]), height: Number(shape?.[2]) };
  });
  const heights = shapes.map(({ height }) => height);
  expect(heights).toEqual(heights.toSorted((a, b) => a - b));
  expect(new Set(heights).size).toBe(5);
  expect(new Set(shapes.map(({ y, height }) => y + height))).toEqual(new Set([42]));
});

it('draws an outage as one bar, and hours never listed as none', async () => {
  const drawn = bars(await picture(feedWith([], [{ from: now - 48 * hourMs, to: now - 24 * hourMs, why: 'off' }])));
  expect(drawn).toMatchObject([{ fate: 'gap', title: 'Fri 20 Nov 10:00–Sat 21 Nov 11:00: gap: off' }]);
  expect(drawn[0]?.width).toBeCloseTo((25 / 167) * 100, 0);
});

it('is told in a sentence for each feed', async () => {
  const text = await picture(feedWith([hourWith(hourAgo(1), { delivered: 1 })]), feedWith([], [], 'DLP.All'));
  expect(text).toMatch(/<svg [^>]*role="img" aria-labelledby="picture-title picture-told"/);
  expect(text).toContain(
    'Audit.Exchange: 1 hour delivered, 166 hours not listed. DLP.All: 167 hours not listed.</desc>',
  );
});

it('names every midnight, and no day that would not fit', async () => {
  const days = [...(await picture()).matchAll(/class="day"[^>]*>(\w+ \d+)</g)].map(([, day]) => day);
  expect(days).toEqual(['Mon 16', 'Tue 17', 'Wed 18', 'Thu 19', 'Fri 20', 'Sat 21']);
});

it('tells the numbers by day and feed, and lists what is not plainly delivered', async () => {
  const text = await numbers([
    feedWith([
      hourWith(hourAgo(30), { delivered: 5 }),
      hourWith(hourAgo(1), { lost: 2 }),
      hourWith(hourAgo(0), { delivered: 7 }),
    ]),
  ]);
  expect(text).toMatch(/Sun 22 Nov<\/a><\/th>\s*<td>2 lost, 7 delivered<\/td>/);
  expect(text).toMatch(/Sat 21 Nov<\/a><\/th>\s*<td>5 delivered<\/td>/);
  expect(text).toMatch(/Sun 22 Nov 09:00–10:00<\/th>\s*<td>Audit.Exchange<\/td>\s*<td>2 lost<\/td>/);
  expect(text).not.toMatch(/22 Nov 10:00–11:00/);
  expect(text).not.toContain('hour by hour');
});

it('says so when there is nothing to list', async () => {
  const all = Array.from({ length: 167 }, (_none, index) => hourWith(hourAgo(index), { delivered: index % 2 }));
  expect(await numbers([feedWith(all)])).toContain('Every hour was listed, and all that was in it is delivered.');
});

it('tells the day that is asked for hour by hour, opened', async () => {
  const text = await numbers([feedWith([hourWith(hourAgo(26), { delivered: 3 })])], '2026-11-21');
  expect(text).toMatch(/<details id="numbers" open>/);
  expect(text).toContain('Sat 21 Nov, hour by hour');
  expect(text).toMatch(/08:00<\/th>\s*<td>3 delivered<\/td>/);
  expect(text.match(/"row">\d\d:00<\/th>/g)).toHaveLength(24);
});

it('escapes what the API said', async () => {
  const evil = '</title><script>alert(1)</script>';
  const feed = feedWith(
    [hourWith(hourAgo(1), { lost: 1 }, { lostReasons: [{ reason: evil, contents: 1 }] })],
    [{ from: now - 9 * hourMs, to: now - 8 * hourMs, why: evil }],
  );
  for (const text of [await picture(feed), await numbers([feed])]) {
    expect(text).toContain('&lt;script&gt;');
    expect(text).not.toContain('<script');
  }
});

it('stays small when every hour has numbers of its own', async () => {
  const busy = Array.from({ length: 167 }, (_none, index) =>
    hourWith(hourAgo(index), { delivered: 1000 + index }, { records: { delivered: 20_000 + index, duplicates: 100 } }),
  );
  const feeds = Array.from({ length: 5 }, () => feedWith(busy));
  expect((await picture(...feeds)).length).toBeLessThan(150_000);
});
