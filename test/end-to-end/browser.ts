/// <reference lib="dom" />
// playwright-core describes the browser with the types of the DOM. The app itself is built without them.

import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { tmpdir } from 'node:os';

import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Why there is no browser to test with; `undefined` if there is one. */
export const noBrowser = existsSync(executablePath)
  ? undefined
  : `There is no browser at ${executablePath}: install chromium, or let CHROMIUM name one.`;

const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'];

/** Starts the machine's own Chromium. @throws Error if there is none */
export async function openBrowser(): Promise<Browser> {
  if (noBrowser !== undefined) throw new Error(noBrowser);
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', ...quiet] });
}

/** A person's browser of their own, and what its console complained about. */
export interface Visit {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Errors and warnings of the console, uncaught errors and violations of the content security policy. */
  readonly complaints: readonly string[];
  /** Every answer that the page got, in order. */
  readonly answers: readonly { readonly url: URL; readonly status: number }[];
}

/** Opens a browser window with cookies of its own. */
export async function newVisit(browser: Browser): Promise<Visit> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const complaints: string[] = [];
  const answers: { url: URL; status: number }[] = [];
  // The page's own console is how a script in it can be heard out here.
  await page.addInitScript({
    content:
      "addEventListener('securitypolicyviolation', (event) => " +
      "console.error('content security policy: ' + event.violatedDirective + ' ' + event.blockedURI));",
  });
  page.on('console', (message) => {
    // Chromium's own word about a page with status 4xx: what was meant to be refused.
    if (message.text().startsWith('Failed to load resource: the server responded with a status of 400')) return;
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('response', (response) => {
    answers.push({ url: new URL(response.url()), status: response.status() });
  });
  return { context, page, complaints, answers };
}

/** Looks at the page in light and dark, on a phone and on a desk; only where `SCREENSHOTS` names a folder. */
export async function takePictures(page: Page, name: string): Promise<void> {
  const folder = process.env['SCREENSHOTS'];
  if (folder === undefined || folder === '') return;
  const path = isAbsolute(folder) ? folder : join(tmpdir(), folder);
  await mkdir(path, { recursive: true });
  const before = page.viewportSize();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      await page.screenshot({ path: join(path, `${name}-${colorScheme}-${width}.png`), fullPage: true });
    }
  }
  await page.emulateMedia({ colorScheme: null });
  if (before) await page.setViewportSize(before);
}
