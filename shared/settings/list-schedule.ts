import { createSettingsReader, type Environment, type SettingsReader } from './reader.ts';

const everyTwoMinutes = '0 */2 * * * *';

/** What the timer is registered with; whether it can be read is `checkSchedule`'s matter. */
export const listSchedule = (environment: Environment): string =>
  createSettingsReader(environment).optional('LIST_SCHEDULE') ?? everyTwoMinutes;

interface Field {
  readonly least: number;
  readonly most: number;
  readonly names?: readonly string[];
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** The fields of an NCRONTAB expression; the first may be left out. */
const fields: readonly Field[] = [
  { least: 0, most: 59 },
  { least: 0, most: 59 },
  { least: 0, most: 23 },
  { least: 1, most: 31 },
  { least: 1, most: 12, names: months },
  { least: 0, most: 6, names: days },
];

/** Notes a problem if `LIST_SCHEDULE` cannot be read: the platform would leave the timer out and start the rest. */
export function checkSchedule(reader: SettingsReader): void {
  const parts = (reader.optional('LIST_SCHEDULE') ?? everyTwoMinutes).split(/\s+/);
  const read = parts.length === fields.length - 1 ? fields.slice(1) : fields;
  const right =
    parts.length === read.length &&
    read.every((field, index) => parts[index]?.split(',').every((span) => isSpan(span, field)));
  if (!right) {
    reader.problem('LIST_SCHEDULE must be an NCRONTAB expression of six fields, seconds first, such as 0 */2 * * * *.');
  }
}

/** `*`, a value or a range, each with or without a step. */
function isSpan(text: string, field: Field): boolean {
  const [, from = '', to, step] = /^(\*|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(text) ?? [];
  if (step !== undefined && Number(step) === 0) return false;
  if (from === '*') return to === undefined;
  const first = valueOf(from, field);
  const last = to === undefined ? first : valueOf(to, field);
  return first >= field.least && last <= field.most && first <= last;
}

/** @returns `NaN`, which no comparison holds for, if it is none */
function valueOf(text: string, { least, names }: Field): number {
  if (/^\d+$/.test(text)) return Number(text);
  const at = names?.indexOf(text.toLowerCase().slice(0, 3)) ?? -1;
  return at < 0 ? Number.NaN : at + least;
}
