import type { Body, Content } from './body.ts';
import { bufferBody } from './body.ts';
import type { Simulation } from './simulation.ts';
import { rotateMembers, splitMembers } from './split-json.ts';

/** Bytes as text with one character a byte, so that they come out again as they went in. */
async function textOf({ chunks }: Body): Promise<string> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString('latin1');
}

const isArray = (text: string): boolean => /^\s*\[/.test(text);

/** The records of a content as they are written; none if it is no array. */
async function recordsOf(simulation: Simulation, content: Content): Promise<string[]> {
  const text = await textOf(simulation.body(content));
  return isArray(text) ? splitMembers(text) : [];
}

/** The body of a content as the switches about its records want it; as it is if none is on. */
export async function switchedBody(simulation: Simulation, content: Content): Promise<Body> {
  const { switches, contents } = simulation;
  const repeated = switches.get('repeated-records', content);
  const isReordered = switches.get('reordered-properties', content);
  const { part } = content;
  if (repeated === null && !isReordered && part === undefined) return simulation.body(content);
  const whole = (part && contents.find(content.tenantId, part.of)) ?? content;
  let records = await recordsOf(simulation, whole);
  if (records.length === 0) return simulation.body(whole);
  if (part !== undefined) records = records.slice(part.from, part.to);
  if (repeated === 'same') records.push(records[0] ?? '{}');
  if (repeated === 'next') {
    const before = contents.before(content);
    const last = before && (await recordsOf(simulation, before)).at(-1);
    if (last !== undefined) records.unshift(last);
  }
  if (isReordered) {
    const fetched = switches.count('reordered-properties', content.id);
    records = records.map((record, index) => rotateMembers(record, 1 + index + fetched));
  }
  return bufferBody(Buffer.from(`[${records.join(',')}]`, 'latin1'));
}
