import type { TableServiceClientOptions } from '@azure/data-tables';

type PipelinePolicy = NonNullable<TableServiceClientOptions['additionalPolicies']>[number]['policy'];

const etagsBySignal = new WeakMap<object, readonly string[]>();

/**
 * Says which etags the removals of a transaction insist on, in their order. The SDK sends removals inside a transaction
 * with `if-match: *`, whatever they are given (data-tables 13.3), and would remove a row that another writer has changed.
 * @param signal the abort signal that the transaction is sent with, and nothing else: it tells the request apart
 */
export function rememberRemovalEtags(signal: AbortSignal, etags: readonly string[]): void {
  etagsBySignal.set(signal, etags);
}

/** Writes the remembered etags into the body of a transaction. Shared key does not sign the body of a table request. */
export const removalEtagPolicy: PipelinePolicy = {
  name: 'removalEtags',
  sendRequest(request, next) {
    const etags = request.abortSignal && etagsBySignal.get(request.abortSignal);
    if (etags && etags.length > 0) {
      if (typeof request.body !== 'string') throw new Error('A transaction is sent as text; check the SDK.');
      let used = 0;
      // A header line cannot occur in a row: its JSON has no line breaks.
      request.body = request.body.replace(
        /^(DELETE [^\r\n]* HTTP\/1\.1\r\n(?:[^\r\n]+\r\n)*?if-match: )\*(?=\r\n)/gim,
        (_match, head: string) => head + (etags[used++] ?? '*'),
      );
      if (used !== etags.length) throw new Error('A removal in a transaction lost its etag; check the SDK.');
    }
    return next(request);
  },
};
