/** The environment, as `process.env` has it. An empty value counts as absent. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads single settings and gathers what is wrong with them, so that all mistakes are reported at once. */
export interface SettingsReader {
  readonly problems: readonly string[];
  problem(sentence: string): void;
  optional(name: string): string | undefined;
  /** @returns '' and notes a problem if the setting is missing */
  required(name: string, purpose: string): string;
  /** Comma-separated. @returns [] and notes a problem if there is nothing in it */
  list(name: string, purpose: string): string[];
  oneOf<T extends string>(name: string, choices: readonly T[], otherwise: T): T;
  integer(name: string, range: { least: number; most: number; otherwise: number }): number;
  guid(name: string, text: string): string;
}

const guidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** @returns a reader over `environment`; it never throws */
export function createSettingsReader(environment: Environment): SettingsReader {
  const problems: string[] = [];
  const optional = (name: string): string | undefined => {
    const text = environment[name]?.trim();
    return text === undefined || text === '' ? undefined : text;
  };
  // The same mistake in two places of one setting is one sentence.
  const problem = (sentence: string): void => {
    if (!problems.includes(sentence)) problems.push(sentence);
  };
  const missing = (name: string, purpose: string): void => {
    problem(`${name} is missing: set it to ${purpose}.`);
  };
  return {
    problems,
    problem,
    optional,
    required(name, purpose) {
      const text = optional(name);
      if (text === undefined) missing(name, purpose);
      return text ?? '';
    },
    list(name, purpose) {
      const items = (optional(name) ?? '').split(',').map((item) => item.trim());
      const present = items.filter((item) => item !== '');
      if (present.length === 0) missing(name, purpose);
      return present;
    },
    oneOf(name, choices, otherwise) {
      const text = optional(name) ?? otherwise;
      const found = choices.find((choice) => choice === text);
      if (found === undefined) problem(`${name} must be one of ${choices.join(', ')}.`);
      return found ?? otherwise;
    },
    integer(name, { least, most, otherwise }) {
      const text = optional(name) ?? String(otherwise);
      const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
      if (value >= least && value <= most) return value;
      problem(`${name} must be a whole number from ${least} to ${most}.`);
      return otherwise;
    },
    guid(name, text) {
      if (text !== '' && !guidPattern.test(text)) {
        problem(`${name} must be a GUID such as 11111111-2222-3333-4444-555555555555.`);
      }
      return text.toLowerCase();
    },
  };
}
