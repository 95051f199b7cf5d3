import { html } from 'hono/html';

import { startOfHour } from '../../activity-api/hours.ts';
import type { Html } from '../../pages/page.ts';
import type { FeedAccount } from '../../tenants/completeness.ts';
import { counted } from '../times.ts';
import { dayInWords, numbersInWords, runInWords, runTimes } from './hour-words.ts';
import { type PicturedHour, picturedHours, type Run, runsOf, type Span } from './pictured-hours.ts';

interface FeedHours {
  readonly name: string;
  readonly hours: readonly PicturedHour[];
}

/**
 * The numbers behind the picture: by day and feed, and every hour that is not plainly delivered. The day that is asked for
 * is told hour by hour.
 * @param day `2026-11-22`, of the span
 */
export function pictureNumbers(feeds: readonly FeedAccount[], span: Span, day: string | undefined): Html {
  const rows = feeds.map((feed) => ({ name: feed.contentType, hours: picturedHours(feed, span) }));
  return html`<details id="numbers" ${day === undefined ? '' : 'open'}>
    <summary>The numbers behind the picture</summary>
    ${day === undefined ? '' : table(`${dayInWords(Date.parse(day))}, hour by hour`, 'Hour (UTC)', rows, hoursOf(rows, day))}
    ${table('Contents by day', 'Day (UTC)', rows, daysOf(rows))} ${exceptions(rows)}
  </details>`;
}

interface Line {
  readonly head: Html | string;
  readonly holds: (hour: PicturedHour) => boolean;
}

const table = (caption: string, head: string, feeds: readonly FeedHours[], lines: readonly Line[]): Html => html`
  <div class="scroll" role="region" aria-label="${caption}" tabindex="0">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          <th scope="col">${head}</th>
          ${feeds.map(({ name }) => html`<th scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${lines.map(
          (line) =>
            html`<tr>
              <th scope="row">${line.head}</th>
              ${feeds.map((feed) => cell(feed, line))}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>
`;

function cell({ hours }: FeedHours, { holds }: Line): Html {
  const meant = hours.filter(holds);
  const gaps = meant.filter(({ fate }) => fate === 'gap').length;
  const unlisted = meant.every(({ account }) => account === undefined);
  const numbers = numbersInWords(meant) || (unlisted ? 'not listed' : 'nothing');
  return html`<td>${gaps === 0 ? numbers : `${counted(gaps, 'hour')} of gap; ${numbers}`}</td>`;
}

const dayOf = ({ hour }: PicturedHour): string => hour.slice(0, 10);

/** The newest first. */
function daysOf(feeds: readonly FeedHours[]): Line[] {
  const days = [...new Set(feeds[0]?.hours.map(dayOf))].toReversed();
  return days.map((day) => ({
    head: html`<a href="?day=${day}#numbers">${dayInWords(Date.parse(day))}</a>`,
    holds: (hour) => dayOf(hour) === day,
  }));
}

const hoursOf = (feeds: readonly FeedHours[], day: string): Line[] =>
  (feeds[0]?.hours ?? [])
    .filter((hour) => dayOf(hour) === day)
    .map(({ hour }) => ({ head: `${hour.slice(11)}:00`, holds: (one) => one.hour === hour }));

/** Told together as long as it is one story. */
const isOneStory = (first: PicturedHour, second: PicturedHour): boolean =>
  first.fate === second.fate && first.gap?.why === second.gap?.why;

const isPlain = ([{ fate }]: Run): boolean => fate === 'delivered' || fate === 'empty';

function exceptions(feeds: readonly FeedHours[]): Html {
  const told = feeds.flatMap(({ name, hours }) =>
    runsOf(hours, isOneStory)
      .filter((run) => !isPlain(run))
      .map((run) => ({ name, run })),
  );
  if (told.length === 0) return html`<p>Every hour was listed, and all that was in it is delivered.</p>`;
  const inOrder = told.toSorted((a, b) => startOfHour(b.run[0].hour) - startOfHour(a.run[0].hour));
  return html`<div class="scroll" role="region" aria-label="Hours that are not plainly delivered" tabindex="0">
    <table>
      <caption>
        Hours that are not plainly delivered, the newest first
      </caption>
      <thead>
        <tr>
          <th scope="col">Hours (UTC)</th>
          <th scope="col">Content type</th>
          <th scope="col">What became of them</th>
        </tr>
      </thead>
      <tbody>
        ${inOrder.map(
          ({ name, run }) =>
            html`<tr>
              <th scope="row">${runTimes(run)}</th>
              <td>${name}</td>
              <td>${runInWords(run)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
