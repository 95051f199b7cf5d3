import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { contentTypes } from '../../shared/activity-api/content-types.ts';
import { newVisit, noBrowser, openBrowser, takePictures, type Visit } from './browser.ts';
import { lookClosely } from './look-closely.ts';
import { madeUpRecords } from './made-up-records.ts';
import { createMovedTime, type MovedTime } from './moved-time.ts';
import { envelopeOf, type Receiver, startReceiver } from './receiver.ts';
import { identity, makeFolder, patienceMs, type RunningRelay, startRelay } from './relay.ts';

const customer = {
  tenantId: 'd1d1d1d1-0013-4013-8013-000000000013',
  name: 'Northwind Traders',
  domain: 'northwind.example',
};
const { tenantId } = customer;
const minute = 60_000;

// Without a browser CI fails; on somebody's own machine the skipped name says what is missing.
if (noBrowser !== undefined && process.env['CI']) {
  test('a browser is needed', () => {
    throw new Error(noBrowser);
  });
} else if (noBrowser !== undefined) {
  test.skip(`the life of a customer in a real browser: ${noBrowser}`);
}

describe.skipIf(noBrowser !== undefined)('the life of a customer', { timeout: 3 * patienceMs }, () => {
  const open = new AsyncDisposableStack();
  let relay: RunningRelay;
  let time: MovedTime;
  let receiver: Receiver;
  let operator: Visit;
  let administrator: Visit;

  beforeAll(async () => {
    const folder = await makeFolder();
    open.defer(() => folder.remove());
    time = createMovedTime(folder.path);
    // Its other check of signatures would find that the app's clock is ahead.
    receiver = await startReceiver('soc', 'gzip');
    open.defer(receiver.close);
    relay = await startRelay({
      directory: folder.path,
      simulator: { tenants: [customer], now: () => time.now() },
      environment: {
        ...time.environment,
        ...receiver.settings,
        DESTINATIONS: 'soc',
        OPERATOR_PRIVACY_URL: 'https://example.com/privacy',
        RETURN_URL: 'https://example.com/portal',
      },
    });
    open.defer(() => relay.stop());
    const browser = await openBrowser();
    open.defer(() => browser.close());
    [operator, administrator] = await Promise.all([newVisit(browser), newVisit(browser)]);
    for (const { context } of [operator, administrator]) context.setDefaultTimeout(patienceMs);
  }, patienceMs);

  afterAll(() => open.disposeAsync());

  const eventually = (check: () => Promise<void>): Promise<void> =>
    vi.waitFor(check, { timeout: patienceMs, interval: 250 });

  /** Nothing of the page is in anybody's way. */
  const look = async (page: Page, name: string): Promise<void> => {
    await takePictures(page, `life-${name}`);
    expect(await lookClosely(page), name).toEqual([]);
  };
  const heading = (page: Page): Promise<string | null> => page.locator('h1').textContent();
  const press = (page: Page, name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();

  const customerAddress = (): string => new URL(`/console/tenants/${tenantId}`, operator.page.url()).href;
  const badge = (): Locator => operator.page.locator('.panel .state');
  const feeds = (): Locator => operator.page.getByRole('region', { name: 'Feeds' });
  const exchange = (name: string): Promise<string | null> =>
    feeds().locator('tr', { hasText: 'Audit.Exchange' }).locator(`td[data-name="${name}"]`).textContent();
  /** The console shows the customer active, with all its feeds flowing and so many records of Exchange delivered. */
  const showsItWell = (records: number): Promise<void> =>
    eventually(async () => {
      await operator.page.goto(customerAddress());
      expect(await badge().textContent()).toBe('active');
      expect(await operator.page.locator('.panel').textContent()).toContain('Nothing to do');
      expect(await feeds().locator('.state').allTextContents()).toEqual(contentTypes.map(() => 'flowing'));
      expect(await exchange('Records delivered')).toBe(String(records));
    });

  const arrived: string[] = [];
  let offered = 0;
  /** Makes some records available at Microsoft, and notes what must arrive of them. */
  const offer = (count: number): void => {
    const contentType = 'Audit.Exchange';
    const records = madeUpRecords(tenantId, contentType, offered, count);
    const { id: contentId } = relay.simulator.offer(tenantId, contentType, { records });
    const fields = { tenantId, customerName: customer.name, contentType, contentId };
    arrived.push(...records.map((record) => envelopeOf(record, fields)));
    offered += count;
  };

  /** From the link, through Microsoft's two pages, to the closing page, until all is well there. */
  const consent = async (link: string): Promise<void> => {
    const { page } = administrator;
    await page.goto(link);
    expect(await heading(page)).toBe('Example Managed Security asks for access to the audit logs of Northwind Traders');
    await look(page, 'consent-start');
    await press(page, 'Continue to Microsoft');
    await page.locator('form#consent #accept').click();
    await page.locator('form#sign-in #accept').click();
    await page.waitForURL('**/consent/done');
    // It looks again by itself: not while it is being looked at.
    await page.route('**/consent/done', (route) => route.fulfill({ status: 204 }));
    expect(await heading(page)).toContain('Thank you');
    await look(page, 'consent-done');
    await page.unroute('**/consent/done');
    await eventually(async () => {
      await page.reload();
      expect(await page.locator('dl .state').allTextContents()).toEqual(contentTypes.map(() => 'flowing'));
    });
  };
  const linkShown = (): Promise<string> => operator.page.getByLabel('Link for the administrator').inputValue();

  test('an operator adds it by its domain, its administrator consents, and records arrive', async () => {
    const { page } = operator;
    await page.goto(new URL('/console', relay.url.replace('127.0.0.1', 'localhost')).href);
    await look(page, 'sign-in');
    await press(page, 'Sign in with Microsoft');
    await page.locator('#account').selectOption(`operator:${identity.tenantId}`);
    await page.locator('#accept').click();
    await page.waitForURL('**/console');
    await look(page, 'no-customers');

    await page.getByRole('link', { name: 'Add a customer' }).click();
    await look(page, 'add');
    await page.getByLabel('Customer name').fill(customer.name);
    await page.getByLabel('Tenant ID or domain').fill(customer.domain);
    await press(page, 'Save');
    expect(await heading(page)).toBe('Northwind Traders is added');
    await look(page, 'added');
    const link = await linkShown();
    await page.getByRole('link', { name: customer.name, exact: true }).click();
    expect(await badge().textContent()).toBe('invited, no consent yet');
    await look(page, 'invited');

    offer(5);
    await consent(link);
    await showsItWell(5);
    expect(receiver.accepted()).toEqual(arrived.toSorted());
    await look(page, 'active');
    await page.getByRole('link', { name: 'Customers' }).click();
    expect(await page.getByRole('row', { name: customer.name }).locator('.state').textContent()).toBe('active');
    await look(page, 'customers');
    expect([...operator.complaints, ...administrator.complaints]).toEqual([]);
  });

  test('consent that is withdrawn is noticed, given again through a new link, and records flow again', async () => {
    const { page } = operator;
    relay.simulator.withdraw(tenantId, identity.clientId);
    await page.goto(customerAddress());
    let asked: string | null = null;
    // The token that there is lasts for an hour; then three refusals in a row, over half an hour.
    for (const minutes of [60, 16, 16]) {
      expect(await badge().textContent()).toMatch(/^active(, with trouble)?$/);
      time.advance(minutes * minute);
      const before = asked;
      await eventually(async () => {
        await page.reload();
        const again = page.locator('.panel p', { hasText: 'Microsoft is asked again at' }).locator('time');
        expect(await again.count()).toBe(1);
        asked = await again.getAttribute('datetime');
        expect(asked).not.toBe(before);
      });
    }
    expect(await badge().textContent()).toBe('consent withdrawn');
    offer(3);
    expect(await page.locator('.panel').textContent()).toContain('send a new invitation');
    await look(page, 'withdrawn');
    await page.getByRole('link', { name: 'Customers' }).click();
    await look(page, 'customers-withdrawn');
    await page.getByRole('link', { name: customer.name }).click();

    await press(page, 'New invitation');
    expect(await heading(page)).toBe('A new link for Northwind Traders');
    await look(page, 'invited-again');
    await consent(await linkShown());
    offer(2);
    await showsItWell(10);
    expect(receiver.accepted()).toEqual(arrived.toSorted());
    expect([...operator.complaints, ...administrator.complaints]).toEqual([]);
  });

  test('it is off-boarded once its queue is drained, and its subscriptions are stopped', async () => {
    const { page } = operator;
    receiver.answer = () => 'hold';
    offer(4);
    await eventually(async () => {
      await page.goto(customerAddress());
      expect(await exchange('Contents queued')).toBe('1');
    });
    await page.getByRole('link', { name: 'Off-board' }).click();
    await look(page, 'off-board');
    await page.getByLabel('Type the customer name to confirm').fill('Somebody Else');
    await press(page, 'Off-board');
    await page.getByText('This is not the customer name').waitFor();
    await look(page, 'off-board-refused');
    await page.getByLabel('Type the customer name to confirm').fill(customer.name);
    await press(page, 'Off-board');
    await page.getByText('Northwind Traders is being off-boarded').waitFor();
    expect(await page.getByRole('row', { name: customer.name }).locator('.state').textContent()).toBe('leaving');
    await look(page, 'customers-leaving');
    await page.getByRole('link', { name: customer.name }).click();
    expect(await badge().textContent()).toBe('leaving');
    await look(page, 'leaving');
    expect(stopped()).toBe(0);

    receiver.answer = () => 200;
    receiver.release();
    await eventually(async () => {
      await page.goto(new URL('/console', page.url()).href);
      expect(await page.locator('main').textContent()).toContain('No customer is here yet');
    });
    expect(stopped()).toBe(contentTypes.length);
    expect(receiver.accepted()).toEqual(arrived.toSorted());
    await page.goto(customerAddress());
    await look(page, 'gone');
    expect(operator.complaints.filter((line) => !line.includes('status of 404'))).toEqual([]);
    expect(receiver.wrong).toEqual([]);
  });

  const stopped = (): number =>
    relay.simulator
      .requests()
      .filter((each) => each.operation === 'stop' && each.tenantId === tenantId && each.status === 200)
      .reduce((sum, { count }) => sum + count, 0);
});
