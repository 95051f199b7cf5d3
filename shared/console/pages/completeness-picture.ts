import { html } from 'hono/html';

import { hourMs, startOfHour } from '../../activity-api/hours.ts';
import type { Html } from '../../pages/page.ts';
import { pictureRow } from '../../pages/picture-style.ts';
import type { FeedAccount } from '../../tenants/completeness.ts';
import { counted } from '../times.ts';
import { dayInWords, numbersInWords, runInWords, runTimes } from './hour-words.ts';
import {
  fateWords,
  hourFates,
  type PicturedHour,
  picturedHours,
  type Run,
  runsOf,
  type Span,
} from './pictured-hours.ts';

const dayMs = 24 * hourMs;
const { height: rowHeight, stripTop, stripHeight } = pictureRow;

/**
 * Hour by hour, what became of what was listed: a row for each feed, a column for each hour, as high and as coloured as its
 * worst fate. A picture to those who hear the page, told in sentences; each bar says its numbers when pointed at.
 */
export function completenessPicture(feeds: readonly FeedAccount[], span: Span): Html {
  const rows = feeds.map((feed) => ({ name: feed.contentType, hours: picturedHours(feed, span) }));
  const bottom = rows.length * rowHeight;
  return html`<figure class="picture">
    <svg width="100%" height="${bottom + 22}" role="img" aria-labelledby="picture-title picture-told">
      <title id="picture-title">The last seven days, hour by hour</title>
      <desc id="picture-told">${rows.map(({ name, hours }) => `${name}: ${toldInHours(hours)}.`).join(' ')}</desc>
      <defs>
        <pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect width="2.5" height="5" />
        </pattern>
      </defs>
      ${midnights(span).map((at) => dayMark(at, span, bottom))} ${rows.map((row, index) => rowOf(row, index, span))}
    </svg>
    <figcaption>
      Times are UTC. The worst of an hour decides its bar:
      <ul class="legend">
        ${hourFates.filter((fate) => fate !== 'unlisted').map(legendOf)}
        <li>no bar: ${fateWords.unlisted}</li>
      </ul>
    </figcaption>
  </figure>`;
}

const percent = (part: number, { from, to }: Span): string => `${Number(((part / (to - from)) * 100).toFixed(2))}%`;

/** Hours with numbers of their own have a bar of their own. */
const isOneBar = (first: PicturedHour, second: PicturedHour): boolean =>
  first.fate === second.fate && numbersInWords([first, second]) === '' && first.gap?.why === second.gap?.why;

function rowOf({ name, hours }: { name: string; hours: readonly PicturedHour[] }, index: number, span: Span): Html {
  const bars = runsOf(hours, isOneBar).filter(([{ fate }]) => fate !== 'unlisted');
  return html`<svg y="${index * rowHeight}" width="100%" height="${rowHeight}">
    <text y="16">${name}</text>
    <rect class="strip" width="100%" />
    ${bars.map((run) => barOf(run, span))}
  </svg>`;
}

function barOf(run: Run, span: Span): Html {
  const [{ hour, fate }] = run;
  const x = percent(startOfHour(hour) - span.from, span);
  // A hair of space sets the hours apart.
  const width = percent((run.length - 0.15) * hourMs, span);
  const told = `${runTimes(run)}: ${runInWords(run)}`;
  return html`<rect class="${fate}" x="${x}" width="${width}"><title>${told}</title></rect>`;
}

const midnights = ({ from, to }: Span): number[] => {
  const first = Math.ceil(from / dayMs) * dayMs;
  return Array.from({ length: Math.ceil((to - first) / dayMs) }, (_none, index) => first + index * dayMs);
};

function dayMark(at: number, span: Span, bottom: number): Html {
  const x = percent(at - span.from, span);
  // A name that began this late would not fit.
  const isNamed = span.to - at > dayMs * 0.5;
  return html`<line x1="${x}" x2="${x}" y1="0" y2="${bottom + 18}" />
    ${isNamed ? html`<text class="day" x="${x}" dx="4" y="${bottom + 16}">${shortDay(at)}</text>` : ''}`;
}

/** "Sun 22": more would not fit on a phone. */
const shortDay = (at: number): string => dayInWords(at).split(' ', 2).join(' ');

const legendOf = (fate: PicturedHour['fate']): Html =>
  html`<li>
    <svg viewBox="0 ${stripTop} 12 ${stripHeight}" width="12" height="${stripHeight}" aria-hidden="true">
      <rect class="${fate}" width="12" />
    </svg>
    ${fateWords[fate]}
  </li>`;

const toldInHours = (hours: readonly PicturedHour[]): string =>
  hourFates
    .map((fate) => ({ fate, count: hours.filter((one) => one.fate === fate).length }))
    .filter(({ count }) => count > 0)
    .map(({ fate, count }) => `${counted(count, 'hour')} ${fateWords[fate]}`)
    .join(', ');
