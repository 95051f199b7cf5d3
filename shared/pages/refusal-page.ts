import type { Cookie } from '@azure/functions';
import { html } from 'hono/html';

import { browserCookie } from '../consent/browser-secret.ts';
import type { ConsentRefusal, MicrosoftReport } from '../consent/consent-refusal.ts';
import { refusalWords } from '../consent/refusal-words.ts';
import type { Settings } from '../settings.ts';
import { operatorFooter } from './operator-footer.ts';
import { type Html, page, type Page } from './page.ts';
import { wayBack } from './way-back.ts';

/**
 * The page of a refused step: what happened, what to do, and a way on where there is one. It leads back to the start by
 * the browser's cookie, as nobody keeps the secret of a link.
 */
export async function refusalPage(
  settings: Settings,
  refusal: ConsentRefusal,
): Promise<Page & { readonly cookies: Cookie[] }> {
  const { title, why, again } = refusalWords[refusal.code];
  const { walk, report } = refusal;
  const startsAgain = again ? walk : undefined;
  const isConsole = walk?.purpose === 'console';
  const main = html`
    <h1>${title}</h1>
    <p>${isConsole ? `${why}.` : refusal.message}</p>
    ${report === undefined ? '' : reportList(report)}
    ${
      startsAgain === undefined
        ? ''
        : html`<p class="actions">
            ${
              isConsole
                ? html`<a class="button" href="/console/sign-in">Sign in again</a>`
                : html`<a class="button" href="/consent/start">Start again from the same link</a>`
            }
          </p>`
    }
    ${
      walk?.purpose === 'proof'
        ? html`<h2>What you accepted</h2>
            <p>
              What you accepted at Microsoft stands there, but nothing is collected until somebody of your organisation
              signs in here. To take it back instead:
            </p>
            ${wayBack(settings.entra.clientId)}`
        : ''
    }
    ${operatorFooter(settings)}
  `;
  return {
    ...(await page({ status: 400, title }, main)),
    // Where several tabs are open, this one is the one to start again.
    cookies: startsAgain === undefined ? [] : [browserCookie(startsAgain.purpose, startsAgain.browser)],
  };
}

/** Numbers that Microsoft's support, or the operator, will ask for. */
function reportList({ aadsts, traceId, correlationId }: MicrosoftReport): Html | '' {
  if (traceId === undefined && correlationId === undefined) return '';
  const rows = [
    ['Code', aadsts],
    ['Trace ID', traceId],
    ['Correlation ID', correlationId],
  ].filter(([, value]) => value !== undefined);
  return html`
    <p class="soft">If you ask somebody about it, tell them what Microsoft reported:</p>
    <dl class="small">
      ${rows.map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd><code>${value}</code></dd>`,
      )}
    </dl>
  `;
}
