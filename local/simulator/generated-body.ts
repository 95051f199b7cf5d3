import type { Body } from './body.ts';
import { guidFrom } from './guid.ts';
import { SimulatorError } from './simulator-error.ts';

const chunkBytes = 256 * 1024;

const frame = (tenantId: string, id: string, created: number): [start: string, end: string] => {
  const time = new Date(created).toISOString().slice(0, 19);
  return [
    `{"CreationTime":"${time}","Id":"${id}","Operation":"FileAccessed","OrganizationId":"${tenantId}","RecordType":6,` +
      `"UserKey":"i:0h.f|membership|kim@generated.example","UserType":0,"Version":1,"Workload":"SharePoint",` +
      `"UserId":"kim@generated.example","ObjectId":"https://generated.example/`,
    '"}',
  ];
};

/** The fewest bytes that a generated record can have. */
export const smallestRecord = frame('0'.repeat(36), '0'.repeat(36), 0).join('').length;

/**
 * A content of any size, made while it is read: records of one length whose `Id`s differ in their last twelve digits.
 * @param bytesPerRecord bytes of one record without the comma
 * @throws SimulatorError if a record cannot be that small, or there is none
 */
export function generatedBody(options: {
  tenantId: string;
  contentId: string;
  created: number;
  records: number;
  bytesPerRecord: number;
}): Body {
  const { tenantId, contentId, created, records, bytesPerRecord } = options;
  if (bytesPerRecord < smallestRecord) {
    throw new SimulatorError(`A generated record has at least ${smallestRecord} bytes; ask for more.`);
  }
  const id = guidFrom(contentId);
  const [start, end] = frame(tenantId, id, created);
  const record = Buffer.from(`${start}${'x'.repeat(bytesPerRecord - start.length - end.length)}${end},`);
  const digits = record.indexOf(id) + 24;
  const perChunk = Math.max(1, Math.floor(chunkBytes / record.byteLength));

  function* chunks(): Generator<Buffer> {
    yield Buffer.from('[');
    for (let done = 0; done < records; done += perChunk) {
      const count = Math.min(perChunk, records - done);
      const chunk = Buffer.allocUnsafe(count * record.byteLength);
      for (let index = 0; index < count; index++) {
        record.copy(chunk, index * record.byteLength);
        chunk.write(String(done + index).padStart(12, '0'), index * record.byteLength + digits, 'latin1');
      }
      yield done + count === records ? chunk.subarray(0, -1) : chunk;
    }
    yield Buffer.from(']');
  }
  return { length: 2 + records * (bytesPerRecord + 1) - (records > 0 ? 1 : 0), chunks: chunks() };
}
