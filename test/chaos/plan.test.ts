import { expect, test } from 'vitest';

import { isSwitchName, switchTable } from '../../local/simulator/switch-table.ts';
import { createSwitches } from '../../local/simulator/switches.ts';
import { createPlan } from './plan.ts';
import { describe as inWords } from './play.ts';
import { habitOf } from './switch-values.ts';

const names = Object.keys(switchTable).filter(isSwitchName);
const minute = 60_000;

test('the same seed gives the same plan, another seed another one', () => {
  expect(createPlan(7, minute, names)).toEqual(createPlan(7, minute, names));
  expect(createPlan(7, minute, names)).not.toEqual(createPlan(8, minute, names));
});

test('every switch of the simulator takes part or says why not', () => {
  const silent = names.filter((name) => {
    const habit = habitOf(name);
    return 'leftOut' in habit && habit.leftOut.includes('has no value');
  });
  expect(silent).toEqual([]);
});

test('whatever a switch is set to, it can be set to', () => {
  const switches = createSwitches();
  for (let seed = 0; seed < 50; seed += 1) {
    for (const fault of createPlan(seed, 20 * minute, names).faults) {
      if (fault.kind === 'switch') switches.setText(fault.name, fault.value, fault.scope);
    }
  }
  expect(new Set(switches.settings().map(({ name }) => name))).toEqual(
    new Set(names.filter((name) => !('leftOut' in habitOf(name)))),
  );
});

test('a short run leaves out what the relay looks at again only after minutes', () => {
  const inPlan = (span: number): string[] => createPlan(3, span, names).faults.map(inWords);
  expect(inPlan(minute).filter((words) => words.startsWith('audit-off'))).toEqual([]);
  expect(inPlan(20 * minute).filter((words) => words.startsWith('audit-off'))).not.toEqual([]);
});

test('faults end with the run, but for a storage that is paused at its end', () => {
  const { faults, contents } = createPlan(5, 3 * minute, names);
  const late = faults.filter(({ kind, until }) => (kind === 'switch' || kind === 'destination') && until > 3 * minute);
  expect(late).toEqual([]);
  expect(contents.every(({ at, age }) => at <= 3 * minute && age >= 0)).toBe(true);
  expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(['switch', 'destination', 'kill', 'storage-pause']));
});
