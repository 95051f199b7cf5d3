import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { newVisit, noBrowser, openBrowser, takePictures, type Visit } from './browser.ts';
import { lookClosely } from './look-closely.ts';
import { madeUpRecords } from './made-up-records.ts';
import { identity, makeFolder, patienceMs, type RunningRelay, startRelay } from './relay.ts';

const contoso = {
  tenantId: '9c9c9c9c-0009-4009-8009-000000000009',
  name: 'Contoso <& Söhne>',
  domain: 'contoso.example',
};

// Without a browser CI fails; on somebody's own machine the skipped name says what is missing.
if (noBrowser !== undefined && process.env['CI']) {
  test('a browser is needed', () => {
    throw new Error(noBrowser);
  });
} else if (noBrowser !== undefined) {
  test.skip(`the console in a real browser: ${noBrowser}`);
}

describe.skipIf(noBrowser !== undefined)('the console in a real browser', { timeout: 2 * patienceMs }, () => {
  const open = new AsyncDisposableStack();
  let relay: RunningRelay;
  let browser: Browser;
  let home: string;

  beforeAll(async () => {
    const folder = await makeFolder();
    open.defer(() => folder.remove());
    relay = await startRelay({ directory: folder.path, simulator: { tenants: [contoso] } });
    open.defer(() => relay.stop());
    home = `http://localhost:${new URL(relay.url).port}`;
    browser = await openBrowser();
    open.defer(() => browser.close());
  }, patienceMs);

  afterAll(() => open.disposeAsync());

  const visit = async (): Promise<Visit> => {
    const one = await newVisit(browser);
    onTestFinished(() => one.context.close());
    return one;
  };
  const heading = (page: Page): Promise<string | null> => page.locator('h1').textContent();

  async function signIn(page: Page, account: string, path = '/console'): Promise<void> {
    await page.goto(`${home}${path}`);
    await page.getByRole('button', { name: 'Sign in with Microsoft' }).click();
    await page.locator('#account').selectOption(`${account}:${identity.tenantId}`);
    await page.locator('#accept').click();
    await page.waitForURL(`${home}/**`);
  }

  /** Looks at a page as everybody would see it. */
  async function look(page: Page, name: string): Promise<void> {
    await takePictures(page, name);
    expect(await lookClosely(page)).toEqual([]);
  }

  test('an operator adds a customer, whose administrator consents, and sees its records arrive', async () => {
    const { page, complaints } = await visit();
    await page.goto(`${home}/console/add`);
    await look(page, 'console-sign-in');
    await signIn(page, 'operator', '/console/add');
    expect(new URL(page.url()).pathname).toBe('/console/add');
    await look(page, 'console-add');

    // What the browser itself would not send is answered as well.
    await page.locator('form[action="/console/add"]').evaluate((form) => {
      form.setAttribute('novalidate', '');
    });
    await page.getByLabel('Tenant ID or domain').fill('unknown.example');
    await page.getByRole('button', { name: 'Save' }).click();
    expect(await page.getByLabel('Customer name').getAttribute('aria-invalid')).toBe('true');
    expect(await page.getByLabel('Tenant ID or domain').inputValue()).toBe('unknown.example');
    await look(page, 'console-add-refused');

    await page.getByLabel('Customer name').fill(contoso.name);
    await page.getByLabel('Tenant ID or domain').fill(contoso.domain);
    await page.getByRole('button', { name: 'Save' }).click();
    expect(await heading(page)).toBe(`${contoso.name} is added`);
    await look(page, 'console-invitation');
    const link = await page.getByLabel('Link for the administrator').inputValue();

    relay.simulator.offer(contoso.tenantId, 'Audit.Exchange', {
      records: madeUpRecords(contoso.tenantId, 'Audit.Exchange', 0, 5),
    });
    const admin = await visit();
    await admin.page.goto(link);
    await admin.page.getByRole('button', { name: 'Continue to Microsoft' }).click();
    await admin.page.locator('#accept').click();
    await admin.page.locator('form#sign-in').waitFor();
    await admin.page.locator('#accept').click();
    await admin.page.waitForURL('**/consent/done');

    await page.getByRole('link', { name: 'Customers', exact: true }).click();
    const row = page.getByRole('row').filter({ hasText: contoso.domain });
    await expect
      .poll(
        async () => {
          await page.reload();
          return row.textContent();
        },
        { timeout: patienceMs, interval: 1000 },
      )
      .toMatch(/active\s+Nothing to do[\s\S]*minutes?\s+5\s/);
    await look(page, 'console-customers');

    // A consent proves nothing about the console.
    expect((await admin.page.goto(`${home}/console`))?.url()).toBe(`${home}/console/sign-in`);
    expect([...complaints, ...admin.complaints]).toEqual([]);
  });

  test('a reader sees everything and presses nothing; without a role nobody comes in; signed out is out', async () => {
    const { page, complaints } = await visit();
    await signIn(page, 'nobody');
    expect(await heading(page)).toBe('You have no role here yet');
    await look(page, 'console-no-role');
    await page.getByRole('link', { name: 'Sign in again' }).click();
    await page.getByRole('button', { name: 'Sign in with Microsoft' }).click();
    await page.locator('#account').selectOption(`reader:${identity.tenantId}`);
    await page.locator('#accept').click();
    await page.waitForURL(`${home}/console`);
    expect(await page.getByRole('button').allTextContents()).toEqual(['Sign out', 'Show']);
    expect(await page.getByRole('link', { name: 'Add a customer' }).count()).toBe(0);
    await page.getByRole('link', { name: 'Sessions' }).click();
    expect(await page.getByRole('button').allTextContents()).toEqual(['Sign out']);
    await look(page, 'console-sessions');

    const before = await page.context().cookies();
    await page.getByRole('button', { name: 'Sign out' }).click();
    expect(new URL(page.url()).pathname).toBe('/console/sign-in');
    await page.context().addCookies(before);
    await page.goto(`${home}/console`);
    expect(new URL(page.url()).pathname).toBe('/console/sign-in');
    // Chromium says so of every page with status 403.
    expect(complaints.filter((text) => !text.includes('status of 403'))).toEqual([]);
  });
});
