import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { isClean, totalOf } from '../../local/start/account.ts';
import { newVisit, noBrowser, openBrowser, takePictures, type Visit } from './browser.ts';
import { lookClosely } from './look-closely.ts';
import { madeUpRecords } from './made-up-records.ts';
import { makeFolder, patienceMs, type RunningRelay, startRelay } from './relay.ts';

const contoso = {
  tenantId: '9c9c9c9c-0009-4009-8009-000000000009',
  name: 'Contoso <& Söhne>',
  domain: 'contoso.example',
};
const fabrikam = { tenantId: 'adadadad-0010-4010-8010-000000000010', name: 'Fabrikam', domain: 'fabrikam.example' };
const tailspin = { tenantId: 'bebebebe-0011-4011-8011-000000000011', name: 'Tailspin', domain: 'tailspin.example' };
const wingtip = { tenantId: 'cfcfcfcf-0012-4012-8012-000000000012', name: 'Wingtip', domain: 'wingtip.example' };

// Without a browser CI fails; on somebody's own machine the skipped name says what is missing.
if (noBrowser !== undefined && process.env['CI']) {
  test('a browser is needed', () => {
    throw new Error(noBrowser);
  });
} else if (noBrowser !== undefined) {
  test.skip(`consent in a real browser: ${noBrowser}`);
}

describe.skipIf(noBrowser !== undefined)('consent in a real browser', { timeout: 2 * patienceMs }, () => {
  const open = new AsyncDisposableStack();
  let relay: RunningRelay;
  let browser: Browser;

  beforeAll(async () => {
    const folder = await makeFolder();
    open.defer(() => folder.remove());
    relay = await startRelay({
      directory: folder.path,
      simulator: { tenants: [contoso, fabrikam, tailspin, wingtip] },
      environment: { OPERATOR_PRIVACY_URL: 'https://example.com/privacy', RETURN_URL: 'https://example.com/portal' },
    });
    open.defer(() => relay.stop());
    browser = await openBrowser();
    open.defer(() => browser.close());
  }, patienceMs);

  afterAll(() => open.disposeAsync());

  const invite = async ({ name, domain }: { name: string; domain: string }): Promise<string> => {
    const added = (await relay.post('/api/tenants', { name, tenant: domain })) as { invitation: { url: string } };
    return added.invitation.url;
  };
  const tenantState = async (tenantId: string): Promise<string> =>
    ((await relay.get(`/api/tenants/${tenantId}`)) as { state: string }).state;
  const heading = (page: Page): Promise<string | null> => page.locator('h1').textContent();
  const visit = async (): Promise<Visit> => {
    const one = await newVisit(browser);
    onTestFinished(() => one.context.close());
    return one;
  };
  /** For people: pictures of a page, and what is wrong with it for somebody who does not see it as we do. */
  const look = async (page: Page, name: string): Promise<void> => {
    await takePictures(page, name);
    expect(await lookClosely(page)).toEqual([]);
  };
  /** From Microsoft's consent page, through its sign-in page, to the closing page. */
  const accept = async (page: Page): Promise<void> => {
    await page.locator('#accept').click();
    await page.locator('form#sign-in').waitFor();
    await page.locator('#accept').click();
    await page.waitForURL('**/consent/done');
  };
  /** From the invitation to Microsoft's page. */
  const toMicrosoft = async (page: Page, link: string): Promise<void> => {
    await page.goto(link);
    await page.getByRole('button', { name: 'Continue to Microsoft' }).click();
    await page.locator('#accept').waitFor();
  };

  test('an administrator consents, may refresh every page, and records arrive', async () => {
    const link = await invite(contoso);
    const records = madeUpRecords(contoso.tenantId, 'Audit.Exchange', 0, 5);
    relay.simulator.offer(contoso.tenantId, 'Audit.Exchange', { records });
    const { page, answers, complaints } = await visit();

    await page.goto(link);
    expect(await heading(page)).toBe('Example Managed Security asks for access to the audit logs of Contoso <& Söhne>');
    await look(page, 'start');
    await page.reload();
    await page.getByRole('button', { name: 'Continue to Microsoft' }).click();
    await accept(page);
    expect(await heading(page)).toContain('Example Managed Security can now read the audit logs of Contoso <& Söhne>');
    await look(page, 'done-starting');
    expect(await tenantState(contoso.tenantId)).toBe('active');

    await page.reload();
    expect(await heading(page)).toContain('Thank you');
    const callbacks = answers.filter(({ url }) => url.pathname.endsWith('/callback')).map(({ url }) => url);
    expect(callbacks.map(({ pathname }) => pathname)).toEqual(['/consent/callback', '/signin/callback']);
    for (const { href } of callbacks) {
      await page.goto(href);
      expect(new URL(page.url()).pathname).toBe('/consent/done');
      expect(await tenantState(contoso.tenantId)).toBe('active');
    }

    await expect.poll(async () => totalOf(await relay.account()).records.delivered, { timeout: patienceMs }).toBe(5);
    expect(isClean(await relay.settled())).toBe(true);
    await page.reload();
    await page.getByText('flowing').first().waitFor();
    await look(page, 'done-flowing');
    expect(complaints).toEqual([]);

    const stranger = await visit();
    for (const { href } of callbacks) expect((await stranger.page.goto(href))?.status()).toBe(400);
    await look(stranger.page, 'refused');
    expect((await stranger.page.goto(link))?.status()).toBe(400);
    expect(await stranger.page.locator('p').first().textContent()).toContain('This link does not work any more');
    await stranger.page.goto(new URL('/consent/done', link).href);
    expect(await heading(stranger.page)).toBe('Nothing to show here');
    expect(stranger.complaints).toEqual([]);
  });

  test('who cancels may open the same link again', async () => {
    const link = await invite(fabrikam);
    const { page, complaints } = await visit();
    await toMicrosoft(page, link);
    await page.locator('#cancel').click();
    await page.waitForURL('**/consent/callback*');
    expect(await page.locator('main').textContent()).toContain('open the same link again');
    await look(page, 'cancelled');
    expect(await tenantState(fabrikam.tenantId)).toBe('invited');
    await page.reload();
    expect(await page.locator('main').textContent()).toContain('open the same link again');

    // The button starts again without the link, which nobody kept.
    await page.getByRole('link', { name: 'Start again' }).click();
    await page.getByRole('button', { name: 'Continue to Microsoft' }).click();
    await page.locator('#accept').click();
    await page.locator('form#sign-in').waitFor();
    await page.locator('#cancel').click();
    await page.waitForURL('**/signin/callback*');
    expect(await page.locator('main').textContent()).toContain('open the same link again');
    await look(page, 'sign-in-cancelled');
    expect(await tenantState(fabrikam.tenantId)).toBe('invited');

    await toMicrosoft(page, link);
    await accept(page);
    expect(await tenantState(fabrikam.tenantId)).toBe('active');
    expect(complaints).toEqual([]);
  });

  test('the back button leads into no trap, and two tabs do not disturb each other', async () => {
    const link = await invite(wingtip);
    const { page, context, complaints } = await visit();
    await toMicrosoft(page, link);
    const other = await context.newPage();
    await toMicrosoft(other, link);

    await page.locator('#accept').click();
    await page.locator('form#sign-in').waitFor();
    await page.goBack();
    await page.locator('#accept').click();
    await page.locator('form#sign-in').waitFor();
    await page.locator('#accept').click();
    await page.waitForURL('**/consent/done');
    expect(await tenantState(wingtip.tenantId)).toBe('active');

    await other.locator('#accept').click();
    await other.waitForURL('**/consent/callback*');
    expect(await other.locator('main').textContent()).toContain('there is nothing left to do');
    await page.reload();
    expect(await heading(page)).toContain('Thank you');
    expect(complaints).toEqual([]);
  });

  test('an ordinary user and an administrator of somebody else are refused', async () => {
    const link = await invite(tailspin);
    const { page, complaints } = await visit();
    await toMicrosoft(page, link);
    await page.locator('#account').selectOption(`user:${tailspin.tenantId}`);
    await page.locator('#accept').click();
    await page.locator('#back').click();
    await page.waitForURL('**/consent/callback*');
    expect(await page.locator('main').textContent()).toContain('sign in as an administrator');
    expect(await tenantState(tailspin.tenantId)).toBe('invited');

    await toMicrosoft(page, link);
    await page.locator('#account').selectOption(`admin:${contoso.tenantId}`);
    await page.locator('#accept').click();
    expect(await page.locator('#error').textContent()).toContain('does not exist in tenant');
    expect(await tenantState(tailspin.tenantId)).toBe('invited');
    expect(complaints).toEqual([]);
  });
});
