import { expect, it } from 'vitest';

import type { ConsoleSession } from '../../../shared/console/console-session.ts';
import { pagesOf, parkedPage } from '../../../shared/console/pages/parked-page.ts';
import { viewParked } from '../../../shared/console/parked-view.ts';
import { viewDestinations } from '../../../shared/console/destinations-view.ts';
import { hourMs, hourOf } from '../../../shared/activity-api/hours.ts';
import { activeTenant, createTestPipeline, tenantId } from '../../support/test-pipeline.ts';
import { parkedRow } from '../../functions/parked-rows.ts';

const feed = { tenantId, contentType: 'Audit.Exchange' } as const;
const session: ConsoleSession = {
  hash: 'hash',
  objectId: 'object',
  name: 'Olivia',
  role: 'Operator',
  signedInAt: 0,
  expires: 1,
  csrf: 'token',
  notice: undefined,
};

it('tells contents from records, and says when the first of a group goes', async () => {
  const pipeline = createTestPipeline();
  const now = pipeline.clock.now();
  await pipeline.tenants.insert(activeTenant());
  const hour = hourOf(now);
  const reason = 'Bad.';
  await pipeline.ledger.insert(feed, hour, [
    parkedRow('later', now, { reason, expires: now + 9000 }),
    parkedRow('soon', now, { reason, expires: now + 5000, firstSeen: now - 7000 }),
    parkedRow('expired', now, { reason, expires: now - 1 }),
  ]);
  await pipeline.openHours.touch(feed, hour);
  const { tenants, hours } = await viewParked(pipeline);
  expect(hours).toEqual({ open: 1, read: 1 });
  expect(tenants).toMatchObject([
    {
      tenantId,
      name: 'Example Customer',
      groups: [
        { reason, contents: 2, records: 0, oldest: now - 7000, replayableUntil: now + 5000 },
        { contents: 1, replayableUntil: undefined },
      ],
    },
  ]);
});

it('shows messages that nobody can read as what they are, with nothing to press', async () => {
  const pipeline = createTestPipeline();
  await pipeline.malformed.park({ text: '<script>', reason: 'It is no JSON.' }, pipeline.clock.now());
  const view = await viewParked(pipeline);
  const { body } = await parkedPage(view, session, 1);
  expect(body).toContain('Messages that nobody can read');
  expect(body).toContain('&lt;script&gt;');
  expect(body).not.toContain('name="group"');
});

it('pages groups, fifty to a page', async () => {
  const pipeline = createTestPipeline();
  const now = pipeline.clock.now();
  await pipeline.tenants.insert(activeTenant());
  const rows = Array.from({ length: 90 }, (_none, index) =>
    parkedRow(`c${index}`, now, { reason: `Reason ${index}.` }),
  );
  await pipeline.ledger.insert(feed, hourOf(now), rows);
  await pipeline.openHours.touch(feed, hourOf(now));
  const view = await viewParked(pipeline);
  expect(pagesOf(view)).toBe(2);
  const shown = async (number: number) =>
    [...(await parkedPage(view, session, number)).body.matchAll(/Reason (\d+)\./g)].map(([, n]) => n);
  const [first, second] = [await shown(1), await shown(2)];
  expect([first.length, second.length]).toEqual([50, 40]);
  expect(new Set([...first, ...second]).size).toBe(90);
  expect((await parkedPage(view, session, 1)).body).toMatch(/href="\?page=2">Next/);
  expect((await parkedPage(view, session, 2)).body).toMatch(/href="\?page=1">Previous/);
});

it('looks through the oldest hours when very many have something open, and says so; so does the backlog', async () => {
  const pipeline = createTestPipeline();
  const now = pipeline.clock.now();
  await pipeline.tenants.insert(activeTenant());
  for (let ago = 0; ago < 2001; ago += 1) await pipeline.openHours.touch(feed, hourOf(now - ago * hourMs));
  await pipeline.ledger.insert(feed, hourOf(now), [parkedRow('youngest', now, { state: 'queued', owed: ['soc'] })]);
  const oldest = hourOf(now - 2000 * hourMs);
  await pipeline.ledger.insert(feed, oldest, [
    parkedRow('oldest', now),
    parkedRow('waiting', now, { state: 'waiting', owed: ['soc'] }),
  ]);
  const view = await viewParked(pipeline);
  expect(view.hours).toEqual({ open: 2001, read: 2000 });
  expect(view.tenants[0]?.groups).toMatchObject([{ contents: 1 }]);
  expect((await parkedPage(view, session, 1)).body).toMatch(/The 2,000 oldest of 2,001 hours/);
  const { destinations, hours } = await viewDestinations(pipeline);
  expect(hours).toEqual({ open: 2001, read: 1000 });
  expect(destinations).toMatchObject([{ name: 'soc', backlog: 1 }]);
});
