import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readArguments } from '../../../local/start/arguments.ts';
import { checkPort, readPort } from '../../../local/start/port.ts';

describe('the command line', () => {
  it('knows its flags', () => {
    expect(readArguments([])).toEqual({ fresh: false, demo: false, records: undefined, untilIdle: false });
    expect(readArguments(['--fresh', '--until-idle', '--records', import.meta.filename])).toEqual({
      fresh: true,
      demo: false,
      records: import.meta.filename,
      untilIdle: true,
    });
  });

  it.each([
    [['--verbose'], '--verbose is no flag; npm start knows --fresh, --demo, --records FILE and --until-idle.'],
    [['demo'], '"demo" is no flag'],
    [['--records'], '--records needs a file'],
    [['--records', '--demo'], '--records needs a file'],
    [['--records', 'nowhere.ndjson'], 'nowhere.ndjson is not there'],
    [['--until-idle'], '--until-idle needs something that ends'],
    [['--demo=yes'], 'cannot be understood'],
  ])('refuses %j in a sentence', (args, sentence) => {
    expect(() => readArguments(args)).toThrow(sentence);
  });

  it('ends with the sentence alone and exit code 1', () => {
    const script = join(import.meta.dirname, '..', '..', '..', 'local', 'start.ts');
    const { status, stderr, stdout } = spawnSync(process.execPath, [script, '--nonsense'], { encoding: 'utf8' });
    expect([status, stdout, stderr.trim().split('\n').length]).toEqual([1, '', 1]);
    expect(stderr).toContain('--nonsense is no flag');
  });
});

describe('the port', () => {
  it('is 7071 unless PORT says otherwise', () => {
    expect([readPort(undefined), readPort(''), readPort('80')]).toEqual([7071, 7071, 80]);
    expect(() => readPort('http')).toThrow('PORT is "http", which is no port; choose another with PORT');
    expect(() => readPort('70000')).toThrow('which is no port');
  });

  it('is checked before anything starts', async () => {
    await expect(checkPort(0)).resolves.toBeUndefined();
  });
});
