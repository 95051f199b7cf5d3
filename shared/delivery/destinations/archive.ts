import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { RestError } from '@azure/storage-blob';
import type { BlobServiceClient, BlockBlobClient, ContainerClient } from '@azure/storage-blob';
import type { Clock } from '../../clock.ts';
import { startDeadline } from '../../deadline.ts';
import type { DestinationSettings } from '../../settings.ts';
import { bodyHash } from '../body-hash.ts';
import { deliveryPath } from '../delivery-path.ts';
import { DestinationError } from '../destination-error.ts';
import { taken } from '../destination.ts';
import type { Destination } from '../destination.ts';
import { answerTimeoutMs } from '../http-post.ts';
import { rawLines } from '../raw-lines.ts';

const compress = promisify(gzip);

export interface ArchiveDestinationDeps {
  readonly clock: Clock;
  readonly containers: Pick<BlobServiceClient, 'getContainerClient'>;
}

/** Storage's own code; the client takes it from the answer's body, which some answers lack. */
const codeOf = (error: unknown): string | undefined =>
  error instanceof RestError ? (error.code ?? error.response?.headers.get('x-ms-error-code')) : undefined;
const statusOf = (error: unknown): number | undefined => (error instanceof RestError ? error.statusCode : undefined);

/**
 * Writes each delivery as one gzipped blob, only if it is absent. Its name is the hash of what it holds, so that a blob
 * that is there already holds these very records.
 */
export function createArchiveDestination(
  settings: Extract<DestinationSettings, { type: 'archive' }>,
  deps: ArchiveDestinationDeps,
): Destination {
  const { name } = settings;
  const { clock } = deps;
  const container = deps.containers.getContainerClient(settings.container);

  return {
    name,
    type: 'archive',
    async deliver(delivery, signal) {
      if (delivery.records.length === 0) return [];
      const { tenantId, contentType, year, month, day, hour } = deliveryPath(delivery, name);
      const lines = rawLines(delivery.records);
      const blob = `${tenantId}/${contentType}/${year}/${month}/${day}/${hour}/${bodyHash(lines)}.ndjson.gz`;
      const body = await compress(lines);
      try {
        await createIfAbsent(container, container.getBlockBlobClient(blob), body, async (ask) => {
          using limit = startDeadline(clock, answerTimeoutMs, `Destination ${name}`, signal);
          return await ask(limit.signal);
        });
      } catch (error) {
        signal.throwIfAborted();
        throw inWords(error, settings);
      }
      return delivery.records.map(() => taken);
    },
  };
}

/** Asks storage one thing and waits for the answer as long as a destination may take for one. */
type Answer = <T>(ask: (abortSignal: AbortSignal) => Promise<T>) => Promise<T>;

async function createIfAbsent(
  container: ContainerClient,
  blob: BlockBlobClient,
  body: Buffer,
  answer: Answer,
): Promise<void> {
  const upload = (): Promise<unknown> =>
    answer((abortSignal) =>
      blob.upload(body, body.length, {
        abortSignal,
        conditions: { ifNoneMatch: '*' },
        blobHTTPHeaders: { blobContentType: 'application/gzip' },
      }),
    );
  try {
    await upload().catch(async (error: unknown) => {
      if (codeOf(error) !== 'ContainerNotFound') throw error;
      await answer((abortSignal) => container.createIfNotExists({ abortSignal }));
      await upload();
    });
  } catch (error) {
    const status = statusOf(error);
    if (status !== 409 && status !== 412) throw error;
    // Storage has other conflicts too (a container being deleted, a policy): only a blob that is there will do.
    const there =
      codeOf(error) === 'BlobAlreadyExists' || (await answer((abortSignal) => blob.exists({ abortSignal })));
    if (!there) throw error;
  }
}

function inWords(error: unknown, settings: { readonly name: string; readonly container: string }): DestinationError {
  const status = statusOf(error);
  const reason = codeOf(error) ?? (status === undefined ? 'no answer' : `HTTP ${status}`);
  const subject = `Destination ${settings.name}: container ${settings.container}`;
  // The client's error holds the request and its headers, so it is not passed on as the cause.
  if (status !== undefined && [400, 401, 403, 404].includes(status)) {
    return new DestinationError(
      `${subject} cannot be written to (${reason}); check RelayStorage and the app's role Storage Blob Data Contributor.`,
      { kind: 'misconfigured' },
    );
  }
  return new DestinationError(`${subject} cannot take records now (${reason}); check the storage account.`, {
    kind: 'unavailable',
  });
}
