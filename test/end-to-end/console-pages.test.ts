import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { contentTypes } from '../../shared/activity-api/content-types.ts';
import { hourMs, hourOf } from '../../shared/activity-api/hours.ts';
import type { ConsoleSession } from '../../shared/console/console-session.ts';
import { customerQuery, listCustomers } from '../../shared/console/customer-list.ts';
import type { DestinationsView } from '../../shared/console/destinations-view.ts';
import { failurePage } from '../../shared/console/failure-page.ts';
import { customersPage } from '../../shared/console/pages/customers-page.ts';
import { destinationsPage } from '../../shared/console/pages/destinations-page.ts';
import { offBoardPage } from '../../shared/console/pages/off-board-page.ts';
import { parkedPage } from '../../shared/console/pages/parked-page.ts';
import { pictureSpan } from '../../shared/console/pages/pictured-hours.ts';
import { tenantPage } from '../../shared/console/pages/tenant-page.ts';
import type { ParkedView } from '../../shared/console/parked-view.ts';
import type { TenantView } from '../../shared/console/tenant-view.ts';
import type { Log } from '../../shared/log.ts';
import type { Page } from '../../shared/pages/page.ts';
import { parseSettings } from '../../shared/settings/parse-settings.ts';
import type { TenantSummary } from '../../shared/tenants/list-tenants.ts';
import { nextStep } from '../../shared/tenants/next-step.ts';
import { tenantNotFound } from '../../shared/tenants/tenant-error.ts';
import { goodSettings } from '../support/relay-environment.ts';
import { activeTenant, tenantId } from '../support/test-pipeline.ts';
import { newVisit, noBrowser, openBrowser, takePictures } from './browser.ts';
import { lookClosely } from './look-closely.ts';

const now = Date.parse('2026-11-22T10:30:00Z');
const settings = parseSettings(goodSettings());
const session: ConsoleSession = {
  hash: 'hash',
  objectId: 'object',
  name: 'Olivia Operator',
  role: 'Operator',
  signedInAt: now,
  expires: now,
  csrf: 'token',
  notice: { text: 'The customer is called Contoso Pharmaceuticals from now on.', tone: 'good' },
};
const longId = '20261121101112345678901$20261121101112345678901$audit_exchange$Audit_Exchange$emea0012';
const down = 'Destination soc cannot take records now (HTTP 503); if that lasts, look at the destination itself.';

/** An hour of which every fate has its turn. */
function hourAgo(ago: number) {
  const contents = {
    delivered: ago % 11,
    parked: ago % 37 === 5 ? 2 : 0,
    lost: ago === 90 ? 3 : 0,
    pending: ago < 3 ? 4 : 0,
  };
  const listed = contents.delivered + contents.parked + contents.lost + contents.pending;
  const records = { delivered: contents.delivered * 40, duplicates: ago % 3, parked: 0 };
  const lostReasons = ago === 90 ? [{ reason: 'The content has expired.', contents: 3 }] : [];
  return { hour: hourOf(now - ago * hourMs), contents: { ...contents, listed }, records, lostReasons };
}

const gap = {
  from: now - 60 * hourMs,
  to: now - 40 * hourMs,
  why: 'the tenant was consent-withdrawn and the feed active',
};
const hours = Array.from({ length: 168 }, (_none, index) => 167 - index)
  .filter((ago) => ago < 40 || ago > 60)
  .map(hourAgo);

const busy: TenantView = {
  tenant: activeTenant({
    name: 'Contoso Pharmaceuticals',
    consentedBy: 'Ada Admin',
    missingRoles: ['ActivityFeed.ReadDlp'],
  }),
  now,
  span: pictureSpan(now),
  account: contentTypes.map((contentType) => ({ contentType, hours, gaps: [gap] })),
  feeds: contentTypes.map((contentType, index) => ({
    contentType,
    state: index === 4 ? 'permission-missing' : 'active',
    position: now,
    lagSeconds: 9000,
    lagReason: `A content waits for destination soc, down since today: ${down}`,
    gaps: [gap],
    contents: { queued: 4, delivered: 123_456, parked: 6, lost: 3 },
    records: { delivered: 5_123_456, duplicates: 12_345, parked: 2 },
  })),
  parked: [null, now + hourMs].map((replayableUntil) => ({
    tenantId,
    contentType: 'Audit.Exchange',
    contentId: `${longId}${replayableUntil ?? ''}`,
    reason: 'The content cannot be cut into records.',
    failures: 5,
    firstSeen: now - hourMs,
    lastError: 'It ends in the middle of a record.',
    replayableUntil,
  })),
  history: [{ tenantId, at: now, what: 'Consent confirmed.', by: 'Ada Admin' }],
};

/** The same with a picture that is looked at faster. */
const calm: TenantView = { ...busy, account: busy.account.slice(0, 1) };

const invited: TenantView = {
  ...busy,
  tenant: activeTenant({
    state: 'invited',
    consentedAt: undefined,
    domain: 'contoso.example',
    invitationHash: 'hash',
    invitationExpires: now + 24 * hourMs,
  }),
  account: [],
  feeds: [],
  parked: [],
  history: [],
};

const group = {
  key: 'key',
  contentType: 'Audit.Exchange',
  reason: down,
  contents: 2,
  records: 1200,
  oldest: now,
} as const;
const parked: ParkedView = {
  tenants: [
    { tenantId, name: 'Contoso Pharmaceuticals', groups: [{ ...group, replayableUntil: now }] },
    { tenantId: 'gone', name: undefined, groups: [{ ...group, replayableUntil: undefined }] },
  ],
  hours: { open: 2400, read: 2000 },
};

const destinations: DestinationsView = {
  credential: 'The secret has expired.',
  destinations: [
    { name: 'soc', type: 'https', trouble: down, lastTaken: now, backlog: 1234 },
    { name: 'archive', type: 'archive', trouble: undefined, lastTaken: undefined, backlog: 0 },
  ],
  hours: { open: 1400, read: 1000 },
};

/** Some hundred customers, a few of whom are not well. */
const many: TenantSummary[] = Array.from({ length: 300 }, (_none, index) => {
  const isLate = index % 97 === 11;
  const state =
    index % 60 === 7 ? 'consent-withdrawn' : index % 90 === 20 ? 'audit-off' : index % 75 === 3 ? 'invited' : 'active';
  const standing = { contentType: 'Audit.Exchange', state: 'active', lagSeconds: isLate ? 90_000 : 50 } as const;
  return {
    tenantId: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    name:
      index % 40 === 7
        ? `Vereinigte Stadtwerke ${index} Bad Münstereifel Beteiligungsgesellschaft`
        : `Customer ${index}`,
    domain: index % 3 === 0 ? undefined : `customer${index}.onmicrosoft.com`,
    state,
    nextStep: nextStep({ state, contentTypes: ['Audit.Exchange'] }, [standing], now),
    addedAt: now,
    lagSeconds: state === 'invited' ? undefined : standing.lagSeconds,
    recordsToday: index * 1237,
  };
});
const query = customerQuery.parse({});
const silent: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

const wrongName = { sentence: 'This is not the customer name: type it as it stands above.', name: 'x', queue: 'drop' };

const pages: Record<string, () => Promise<Page>> = {
  customers: () => customersPage({ ...session, notice: undefined }, query, listCustomers(many, query)),
  'customers-well': () => customersPage(session, query, listCustomers(many.slice(22, 67), query)),
  'customer-withdrawn': () =>
    tenantPage({ ...calm, tenant: { ...calm.tenant, state: 'consent-withdrawn', domain: 'contoso.example' } }, session),
  'customer-gone': () => failurePage(tenantNotFound(tenantId), session, silent),
  customer: () => tenantPage(busy, session),
  'customer-day': () => tenantPage(calm, session, { day: '2026-11-21' }),
  'customer-invited': () => tenantPage(invited, session),
  'customer-leaving': () =>
    tenantPage({ ...calm, tenant: { ...calm.tenant, state: 'leaving', leaving: 'drain' } }, session),
  'customer-for-readers': () => tenantPage(calm, { ...session, role: 'Reader' }),
  'customer-refused': () =>
    tenantPage(calm, session, { refused: { name: '', sentence: 'The customer name must not be empty.' } }),
  'off-board': () => offBoardPage(settings, busy.tenant, session),
  'off-board-refused': () => offBoardPage(settings, busy.tenant, session, wrongName),
  parked: () => parkedPage(parked, session, 1),
  destinations: () => destinationsPage(destinations, session),
};

if (noBrowser !== undefined && process.env['CI']) {
  test('a browser is needed', () => {
    throw new Error(noBrowser);
  });
} else if (noBrowser !== undefined) {
  test.skip(`pages of the console in a real browser: ${noBrowser}`);
}

describe.skipIf(noBrowser !== undefined)('pages of the console in a real browser', { timeout: 120_000 }, () => {
  let server: http.Server;
  let browser: Browser;
  beforeAll(async () => {
    server = http.createServer((request, response) => {
      const make = pages[(request.url ?? '').slice(1)];
      if (make === undefined) response.writeHead(404).end();
      else void make().then(({ status, headers, body }) => response.writeHead(status, headers).end(body));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    server.close();
  });

  test.each(Object.keys(pages))(
    '%s: nothing is in anybody’s way, on a phone or a desk, in light or dark',
    async (name) => {
      const { page, context, complaints } = await newVisit(browser);
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}`);
      expect(await page.locator('h1').count()).toBe(1);
      await takePictures(page, `console-${name}`);
      expect(await lookClosely(page)).toEqual([]);
      // Chromium asks for an icon by itself.
      expect(complaints.filter((line) => !line.includes('status of 404'))).toEqual([]);
      await context.close();
    },
  );

  test('bars of the picture stand where the style sheet puts them, the worse the higher', async () => {
    const { page, context } = await newVisit(browser);
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/customer`);
    const heightOf = async (fate: string): Promise<number> =>
      (await page.locator(`.picture svg[role=img] rect.${fate}`).first().boundingBox())?.height ?? 0;
    const heights: number[] = [];
    for (const fate of ['empty', 'delivered', 'pending', 'parked', 'lost']) heights.push(await heightOf(fate));
    expect(heights).toEqual(heights.toSorted((a, b) => a - b));
    expect(heights[0]).toBeGreaterThan(0);
    expect(new Set(heights.map(Math.round)).size).toBe(5);
    await context.close();
  });
});
