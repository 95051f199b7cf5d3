import type { Evidence } from './evidence.ts';
import type { World } from './world.ts';

/** No body is missing in `saved`, and none is there that nobody needs. */
export function judgeSaved({ saved }: World, { contents }: Evidence): string[] {
  const wrong: string[] = [];
  const bodies = new Map<string, Set<string>>();
  for (const name of saved.bodies.keys()) {
    const [, , contentId = '', part = ''] = name.split('/');
    bodies.set(contentId, (bodies.get(contentId) ?? new Set()).add(part));
  }
  for (const [id, { row, records }] of contents) {
    const there = bodies.get(id) ?? new Set<string>();
    const parked = records.filter(({ state }) => state === 'parked').map(({ ordinal }) => String(ordinal));
    const isWhole = row.state === 'parked' && row.owed.length > 0;
    if (row.saved && !there.has('body')) wrong.push(`${id} is marked as saved, but its body is not there`);
    if (there.has('body') && !isWhole) wrong.push(`${id} is ${row.state}, but its body is still saved`);
    for (const ordinal of parked) {
      if (!there.has(ordinal)) wrong.push(`${id} has record ${ordinal} parked, but its bytes are not saved`);
    }
    const isSuperfluous = [...there].some((part) => part !== 'body') && parked.length === 0;
    if (isSuperfluous) wrong.push(`${id} has no record parked, but bytes of some are saved`);
  }
  for (const id of bodies.keys()) if (!contents.has(id)) wrong.push(`${id} is saved, but not in the ledger`);
  return wrong;
}
