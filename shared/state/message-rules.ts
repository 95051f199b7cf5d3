import { StorageError } from './table.ts';

/** What one message may weigh, UTF-8. Storage takes 64 KiB; the rest is left to the escapes of XML. */
const textLimitBytes = 48 * 1024;
/** Seven days, Queue Storage's limit for an invisible message. */
const delayLimitSeconds = 604_800;

// Messages travel in XML. These either cannot be written there, and the message would never be readable again, or do
// not come back as they were (carriage return).
const unsafe = /[^\t\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/**
 * @param delaySeconds rounded up to whole seconds, which is what Queue Storage counts in
 * @returns the delay as it is to be sent
 * @throws StorageError if the message would be refused, or could not be read again
 */
export function checkMessage(text: string, delaySeconds: number): number {
  if (Buffer.byteLength(text) > textLimitBytes) {
    throw new StorageError(
      `A message of ${Buffer.byteLength(text)} bytes is over the limit of 48 kB; split the batch.`,
    );
  }
  if (unsafe.test(text)) {
    throw new StorageError('A message holds a control character or half a character; write it as plain JSON text.');
  }
  const delay = Math.ceil(delaySeconds);
  if (!(delay >= 0 && delay <= delayLimitSeconds)) {
    throw new StorageError(`A delay of ${delaySeconds} s is outside 0 to 604,800 s; choose a shorter one.`);
  }
  return delay;
}
