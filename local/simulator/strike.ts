import type { Operation } from './operations.ts';
import type { SwitchValue } from './switch-table.ts';
import type { Scope, Switches } from './switches.ts';

/** A switch about the next calls, however many, of some operations or all. */
interface Strike {
  readonly times: number | null;
  readonly operations?: readonly Operation[] | undefined;
}

/** Switches that are about the next calls. */
type StrikeName =
  'hanging' | 'broken-connection' | 'redirect' | 'broken-answer' | 'unauthorized' | 'internal-error' | 'refusal';

/** What such a switch is, if this call is one of those that it is about; counts the call. */
export function strike<Name extends StrikeName>(
  switches: Switches,
  name: Name,
  scope: Scope & { readonly tenantId: string },
  operation: Operation,
): NonNullable<SwitchValue<Name>> | undefined {
  const value = switches.get(name, scope);
  if (value === null) return undefined;
  const { times, operations }: Strike = value;
  if (operations?.includes(operation) === false) return undefined;
  return switches.draw(name, scope.tenantId, times) ? value : undefined;
}
