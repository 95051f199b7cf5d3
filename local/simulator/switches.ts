import { z } from 'zod';
import type { ContentType } from './content-types.ts';
import { SimulatorError } from './simulator-error.ts';
import { isSwitchName, switchTable } from './switch-table.ts';
import type { SwitchInput, SwitchName, SwitchValue } from './switch-table.ts';

/** Whom a switch is for: everybody, a tenant, a content type, or both. */
export interface Scope {
  readonly tenantId?: string | undefined;
  readonly contentType?: ContentType | undefined;
}

/** One switch as somebody set it. */
export interface SwitchSetting extends Scope {
  readonly name: SwitchName;
  readonly value: unknown;
}

export interface Switches {
  /** @throws SimulatorError if the value is none that the switch can have */
  set<Name extends SwitchName>(name: Name, value: SwitchInput<Name>, scope?: Scope): void;
  /** The same for names and values from outside. @throws SimulatorError */
  setText(name: string, value: unknown, scope?: Scope): void;
  /** Back to what it is when nobody set it; without a name, all of them. */
  reset(name?: SwitchName, scope?: Scope): void;
  get<Name extends SwitchName>(name: Name, scope?: Scope): SwitchValue<Name>;
  settings(): SwitchSetting[];
  /** How often this was asked before for the same key since the switch was last set. */
  count(name: SwitchName, key: string): number;
  /** True for the first `times` questions about the key, and for all of them if `times` is `null`. */
  draw(name: SwitchName, key: string, times: number | null): boolean;
}

const keyOf = (scope: Scope): string => `${scope.tenantId?.toLowerCase() ?? ''}/${scope.contentType ?? ''}`;

export function createSwitches(): Switches {
  const settings = new Map<SwitchName, Map<string, SwitchSetting>>();
  const counts = new Map<SwitchName, Map<string, number>>();

  function setText(name: string, value: unknown, scope: Scope = {}): void {
    if (!isSwitchName(name))
      throw new SimulatorError(`There is no switch "${name}"; GET /_simulator/switches lists them.`);
    const parsed = switchTable[name].schema.safeParse(value);
    if (!parsed.success) {
      throw new SimulatorError(`The switch "${name}" cannot be set to that: ${z.prettifyError(parsed.error)}`);
    }
    const ofName = settings.get(name) ?? new Map<string, SwitchSetting>();
    ofName.set(keyOf(scope), { name, value: parsed.data, ...scope });
    settings.set(name, ofName);
    counts.delete(name);
  }

  function count(name: SwitchName, key: string): number {
    const ofName = counts.get(name) ?? new Map<string, number>();
    const before = ofName.get(key) ?? 0;
    ofName.set(key, before + 1);
    counts.set(name, ofName);
    return before;
  }

  return {
    set(name, value, scope) {
      setText(name, value, scope);
    },
    setText,
    reset(name, scope) {
      const names = name === undefined ? [...settings.keys()] : [name];
      for (const each of names) {
        if (scope === undefined) settings.delete(each);
        else settings.get(each)?.delete(keyOf(scope));
        counts.delete(each);
      }
    },
    get<Name extends SwitchName>(name: Name, scope: Scope = {}): SwitchValue<Name> {
      const ofName = settings.get(name);
      const found =
        ofName &&
        (ofName.get(keyOf(scope)) ??
          ofName.get(keyOf({ tenantId: scope.tenantId })) ??
          ofName.get(keyOf({ contentType: scope.contentType })) ??
          ofName.get(keyOf({})));
      return (found ? found.value : switchTable[name].off) as SwitchValue<Name>;
    },
    settings: () => [...settings.values()].flatMap((ofName) => [...ofName.values()]),
    count,
    draw: (name, key, times) => times === null || count(name, key) < times,
  };
}
