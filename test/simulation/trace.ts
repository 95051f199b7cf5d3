import { hashText } from './chance.ts';
import type { Interference } from './scheduler.ts';

/** What happened, one line a step. */
export interface Trace {
  note(now: number, who: string, what: string, interference?: Interference): void;
  /** More about the last line, for whoever reads it; no part of the hash. */
  detail(text: () => string): void;
  /** The last lines. */
  readonly lines: () => string[];
  /** The same for the same run, all of its lines included. */
  readonly hash: () => number;
}

/** @param kept how many lines are kept @param isDetailed whether they tell of rows and records */
export function createTrace(start: number, kept: number, isDetailed: boolean): Trace {
  let hash = 0;
  let lines: string[] = [];
  return {
    note(now, who, what, interference) {
      const line = `${now - start} ${who} ${what}${interference === undefined ? '' : shown(interference)}`;
      hash = hashText(line, hash);
      lines.push(line);
      if (lines.length >= 2 * kept) lines = lines.slice(-kept);
    },
    detail(text) {
      if (isDetailed) lines.push(`${lines.pop() ?? ''} | ${text()}`);
    },
    lines: () => lines.slice(-kept).map((line) => withTime(line)),
    hash: () => hash,
  };
}

function shown(interference: Interference): string {
  switch (interference.what) {
    case 'fail':
      return interference.done ? `: DONE, BUT SAID TO FAIL (${interference.error.name})` : ': FAILS';
    case 'freeze':
      return `: FROZEN ${Math.round(interference.milliseconds / 1000)} s ${interference.done ? 'after' : 'before'} it`;
    case 'kill':
      return `: KILLED ${interference.done ? 'after' : 'before'} it`;
  }
}

/** `1 02:03:04.005`: days and time since the beginning. */
function withTime(line: string): string {
  const cut = line.indexOf(' ');
  const milliseconds = Number(line.slice(0, cut));
  const days = Math.floor(milliseconds / 86_400_000);
  return `${days} ${new Date(milliseconds).toISOString().slice(11, 23)}${line.slice(cut)}`;
}
