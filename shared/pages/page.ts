import { createHash } from 'node:crypto';

import { html, raw } from 'hono/html';

import { style } from './style.ts';

/** Escaped HTML, as the `html` tag makes it. */
export type Html = ReturnType<typeof html>;

/** A page as an HTTP answer. */
export interface Page {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

const styleHash = createHash('sha256').update(style).digest('base64');

/** What a page needs besides its main part. */
export interface PageHead {
  readonly status?: number;
  readonly title: string;
  /** Where Microsoft lets people sign in, on a page whose form leads there. */
  readonly formTarget?: string | undefined;
  /** What comes before the main part on every page of the console, which is as wide as its tables want. */
  readonly header?: Html;
}

/**
 * Where forms may lead. Chromium applies `form-action` to every redirect after a POST, and Microsoft sends people on to
 * the identity provider of their organisation, which may be anywhere: so the pages that lead to Microsoft allow every
 * `https:`. A simulator is without TLS, and is named.
 */
const formAction = (target: string | undefined): string =>
  target === undefined ? "'self'" : `'self' https:${target.startsWith('https:') ? '' : ` ${target}`}`;

/** A whole page around its main part. No script runs on it and nothing is loaded from elsewhere. */
export async function page({ status = 200, title, formTarget, header }: PageHead, main: Html): Promise<Page> {
  const body = await html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        ${raw(`<style>${style}</style>`)}
      </head>
      <body>
        ${header === undefined ? '' : html`<a class="skip" href="#main">Skip to the content</a>${header}`}
        <main id="main" ${header === undefined ? '' : html` class="wide"`}>${main}</main>
      </body>
    </html>`;
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': [
        "default-src 'none'",
        `style-src 'sha256-${styleHash}'`,
        `form-action ${formAction(formTarget)}`,
        "frame-ancestors 'none'",
        "base-uri 'none'",
      ].join('; '),
      // `no-referrer` would make the form's Origin `null`.
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    },
    body: String(body),
  };
}
