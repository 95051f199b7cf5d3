import type { PlannedContent } from './plan.ts';

/** Over the 4 MB that a record may weigh. Made once: it is the same in all contents that have one. */
const filler = Buffer.alloc(4 * 1024 * 1024 + 1, 'x');

const opening = (id: string): string => `{"Id":"${id}-huge","CreationTime":"2026-11-22T10:00:00","Text":"`;

/** The record of a content that is too large, whole. */
export const oversizedRecord = ({ id }: PlannedContent): Buffer =>
  Buffer.concat([Buffer.from(opening(id)), filler, Buffer.from('"}')]);

/** The body of a content, in the chunks that it arrives in; the first half of them can never be cut. */
export function bodyOf(content: PlannedContent): Uint8Array[] {
  const texts = content.records.map(({ text }) => text);
  const middle = Math.ceil(texts.length / 2);
  const head = Buffer.from(`[${texts.slice(0, middle).join(',')}`);
  const tail = [texts.slice(middle).join(','), ...(content.oversized ? [opening(content.id)] : [])]
    .filter((text) => text !== '')
    .join(',');
  const rest = Buffer.from(middle > 0 && tail !== '' ? `,${tail}` : tail);
  return content.oversized ? [head, rest, filler, Buffer.from('"}]')] : [head, Buffer.concat([rest, Buffer.from(']')])];
}
