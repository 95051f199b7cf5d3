import { html } from 'hono/html';

import type { Html } from '../pages/page.ts';

const format = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  timeZone: 'UTC',
});

const dayFormat = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone: 'UTC' });

/** A moment for people, in UTC as all times here. @param at milliseconds since the epoch */
export const momentText = (at: number): string => `${format.format(at)} UTC`;

/** The same with its exact time for programs. */
export const moment = (at: number): Html =>
  html`<time datetime="${new Date(at).toISOString()}">${momentText(at)}</time>`;

/** Only the day of it, where minutes do not matter. */
export const day = (at: number): Html =>
  html`<time datetime="${new Date(at).toISOString()}">${dayFormat.format(at)}</time>`;

const units = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

/** A length of time in its largest unit, rounded down: "3 minutes". @param seconds not negative */
export function lengthInWords(seconds: number): string {
  for (const [unit, size] of units) {
    const count = Math.floor(seconds / size);
    if (count >= 1) return counted(count, unit);
  }
  return 'less than a minute';
}

/** "1 content", "2 contents", "1,200 contents". */
export const counted = (count: number, noun: string): string =>
  `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
