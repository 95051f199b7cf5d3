import { readFileSync } from 'node:fs';

/**
 * Loaded into the app's process before the app (`--import`): its `Date` runs ahead of the machine's by the milliseconds that
 * the file `MOVED_DATE` holds, read anew each time, so that nothing of the process sees an older time than another part did.
 */
const file = process.env['MOVED_DATE'] ?? '';
const MachineDate = Date;
const now = (): number => MachineDate.now() + Number(readFileSync(file, 'utf8'));

globalThis.Date = new Proxy(MachineDate, {
  construct: (target, given: unknown[], made) =>
    Reflect.construct(target, given.length === 0 ? [now()] : given, made) as object,
  get: (target, name, receiver) => (name === 'now' ? now : (Reflect.get(target, name, receiver) as unknown)),
});
