import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Clock } from '../../clock.ts';
import type { DestinationSettings } from '../../settings.ts';
import { checkWebAddress } from '../../settings/web-address.ts';
import { answerError } from '../answer-error.ts';
import { bodyHash } from '../body-hash.ts';
import { DestinationError } from '../destination-error.ts';
import { taken } from '../destination.ts';
import type { Destination } from '../destination.ts';
import { envelopeLines } from '../envelope.ts';
import { createHttpPost } from '../http-post.ts';
import { webhookKey, webhookSignature } from '../webhook-signature.ts';

const compress = promisify(gzip);

export interface HttpsDestinationDeps {
  readonly clock: Clock;
  /** Certificates to trust besides the system's, PEM. */
  readonly ca?: string;
}

/**
 * Posts records in their envelopes as NDJSON, signed by Standard Webhooks 1.0 over the exact bytes sent. An answer
 * speaks for the whole request: 2xx takes every record.
 * @throws DestinationError `misconfigured` if the address or a secret cannot be used
 */
export function createHttpsDestination(
  settings: Extract<DestinationSettings, { type: 'https' }>,
  deps: HttpsDestinationDeps,
): Destination {
  const { name, compression } = settings;
  const { clock, ca } = deps;
  const setting = `DESTINATION_${name.toUpperCase()}`;
  const checked = checkWebAddress(settings.url, { http: 'loopback', originOnly: false });
  if ('wrong' in checked) {
    throw new DestinationError(`${setting}_URL ${checked.wrong}.`, { kind: 'misconfigured' });
  }
  const keys = settings.secrets.flatMap((secret) => webhookKey(secret) ?? []);
  if (keys.length === 0 || keys.length < settings.secrets.length) {
    throw new DestinationError(`${setting}_SECRET must be whsec_ followed by base64.`, { kind: 'misconfigured' });
  }
  const post = createHttpPost({ destinationName: name, url: checked.address, clock, ca });

  return {
    name,
    type: 'https',
    async deliver(delivery, signal) {
      if (delivery.records.length === 0) return [];
      const lines = envelopeLines(delivery);
      // Hashed before it is compressed, so that the id survives a new zlib and a change of the setting.
      const id = bodyHash(lines);
      const body = compression === 'gzip' ? await compress(lines) : lines;
      const timestamp = Math.floor(clock.now() / 1000);
      const answer = await post(
        body,
        {
          'content-type': 'application/x-ndjson',
          ...(compression === 'gzip' ? { 'content-encoding': 'gzip' } : {}),
          'webhook-id': id,
          'webhook-timestamp': String(timestamp),
          'webhook-signature': webhookSignature({ id, timestamp, body }, keys),
        },
        signal,
      );
      const error = answerError(name, answer);
      if (error) throw error;
      return delivery.records.map(() => taken);
    },
  };
}
