import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { StartError } from './start-error.ts';

/** What `npm start -- ...` was asked for. */
export interface StartArguments {
  readonly fresh: boolean;
  readonly demo: boolean;
  /** Absolute path of the file of records to serve. */
  readonly records: string | undefined;
  readonly untilIdle: boolean;
}

const known = 'npm start knows --fresh, --demo, --records FILE and --until-idle.';

/** Reads the command line. @throws StartError if a flag is unknown or incomplete, or the file is not there */
export function readArguments(args: readonly string[]): StartArguments {
  const { fresh, demo, records, 'until-idle': untilIdle } = parse(args);
  if (untilIdle && !demo && records === undefined) {
    throw new StartError('--until-idle needs something that ends; add --demo or --records FILE.');
  }
  const path = records === undefined ? undefined : resolve(records);
  if (path !== undefined && !statSync(path, { throwIfNoEntry: false })?.isFile()) {
    throw new StartError(`The file of records ${path} is not there; give the path of an NDJSON file, .gz or not.`);
  }
  return { fresh, demo, records: path, untilIdle };
}

function parse(args: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const;
  const options = { fresh: flag, demo: flag, records: { type: 'string' }, 'until-idle': flag } as const;
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'positional') throw new StartError(`"${token.value}" is no flag; ${known}`);
    if (token.kind !== 'option') continue;
    if (!(token.name in options)) throw new StartError(`${token.rawName} is no flag; ${known}`);
    // Node would take the next flag for the file; a file of that name can be given as --records=-name.
    const isFlag = token.inlineValue === false && token.value.startsWith('-');
    if (token.name === 'records' && (isFlag || (token.value ?? '') === '')) {
      throw new StartError('--records needs a file; write --records FILE.');
    }
  }
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new StartError(`The flags cannot be understood; ${known}`, { cause: error });
  }
}
