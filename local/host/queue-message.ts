import type { DequeuedMessageItem } from '@azure/storage-queue';
import type { QueueSettings } from './host-json.ts';
import type { InputData } from './protocol.ts';

/** A message's text for the app; `undefined` if it is not encoded as host.json says. */
export function decodeMessage(text: string, encoding: QueueSettings['messageEncoding']): string | undefined {
  if (encoding === 'none') return text;
  const isBase64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text);
  return isBase64 ? Buffer.from(text, 'base64').toString('utf8') : undefined;
}

/** What the app finds in `context.triggerMetadata`: the message's own data, overwritten by properties of its body. */
export function queueTriggerMetadata(message: DequeuedMessageItem, text: string): Record<string, InputData> {
  const date = (value: Date): InputData => ({ json: JSON.stringify(value.toISOString()) });
  return {
    QueueTrigger: { string: text },
    DequeueCount: { json: String(message.dequeueCount) },
    ExpirationTime: date(message.expiresOn),
    InsertionTime: date(message.insertedOn),
    NextVisibleTime: date(message.nextVisibleOn),
    Id: { string: message.messageId },
    PopReceipt: { string: message.popReceipt },
    ...bodyProperties(text),
  };
}

function bodyProperties(text: string): Record<string, InputData> {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return {};
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return {};
  const input = (value: unknown): InputData =>
    typeof value === 'string' ? { string: value } : { json: JSON.stringify(value) };
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [name, input(value)]));
}
