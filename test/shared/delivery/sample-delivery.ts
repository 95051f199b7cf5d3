import type { Delivery, OutgoingRecord } from '../../../shared/delivery/destination.ts';

export const tenantId = '11111111-2222-4333-8444-555555555555';

export const record = (text: string, recordId: string | null = 'r1', contentId = 'c1'): OutgoingRecord => ({
  contentId,
  recordId,
  bytes: Buffer.from(text),
});

export const delivery = (records: readonly OutgoingRecord[], changes: Partial<Delivery> = {}): Delivery => ({
  tenantId,
  customerName: 'Contoso',
  contentType: 'Audit.Exchange',
  hour: '2026-11-22T10',
  records,
  ...changes,
});

/** A signal that nobody aborts. */
export const calm = (): AbortSignal => new AbortController().signal;

/** What a promise is rejected with. */
export const failureOf = async (promise: Promise<unknown>): Promise<unknown> => {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('It should have failed, but did not.');
};
