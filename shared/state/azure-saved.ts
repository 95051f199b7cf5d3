import { Readable } from 'node:stream';
import type { BlobServiceClient, BlockBlobClient, ContainerClient } from '@azure/storage-blob';
import { monthOf } from '../activity-api/hours.ts';
import { sha256 } from '../hash.ts';
import type { SavedPlace, SavedStore } from './saved.ts';
import { readStorageFailure, storageErrorOf } from './storage-failure.ts';

const subject = 'The container saved';

const blockBytes = 4 * 1024 * 1024;
const blocksAtOnce = 2;

/** Content ids hold what blob names dislike, and may be longer than one. */
const folderOf = ({ feed, hour, contentId }: SavedPlace): string =>
  `${monthOf(hour)}/${feed.tenantId}/${feed.contentType}/${hour}/${sha256(contentId)}/`;

const bodyOf = (place: SavedPlace): string => `${folderOf(place)}body`;
const recordOf = (place: SavedPlace, ordinal: number): string => `${folderOf(place)}${ordinal}`;

/** Container `saved` of the storage account, made with the first body. */
export function createSavedStore(blobService: () => Pick<BlobServiceClient, 'getContainerClient'>): SavedStore {
  const container = (): ContainerClient => blobService().getContainerClient('saved');
  const blob = (name: string): BlockBlobClient => container().getBlockBlobClient(name);

  /** Does what needs the container, which is made when it is found missing. */
  async function inContainer(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (readStorageFailure(error).code !== 'ContainerNotFound') throw error;
      await container().createIfNotExists();
      await work();
    }
  }

  async function save(name: string, body: AsyncIterable<Uint8Array>): Promise<void> {
    const { head, rest } = await readHead(body);
    if (rest === undefined) {
      await asked(() => inContainer(() => blob(name).upload(head, head.length)));
      return;
    }
    // A stream can be sent only once: the container must be there before.
    await asked(() => container().createIfNotExists());
    const source: { error?: unknown } = {};
    const stream = Readable.from(remembering(chained(head, rest), source));
    try {
      await blob(name).uploadStream(stream, blockBytes, blocksAtOnce);
    } catch (error) {
      throw source.error instanceof Error ? source.error : storageErrorOf(error, subject);
    } finally {
      stream.destroy();
    }
  }

  async function open(name: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    try {
      const { readableStreamBody } = await blob(name).download();
      return readableStreamBody && reading(readableStreamBody as AsyncIterable<Uint8Array>);
    } catch (error) {
      if (readStorageFailure(error).status === 404) return undefined;
      throw storageErrorOf(error, subject);
    }
  }

  const forget = (prefix: string): Promise<void> =>
    asked(async () => {
      try {
        for await (const { name } of container().listBlobsFlat({ prefix })) await blob(name).deleteIfExists();
      } catch (error) {
        if (readStorageFailure(error).code !== 'ContainerNotFound') throw error;
      }
    });

  return {
    saveContent: (place, body) => save(bodyOf(place), body),
    openContent: (place) => open(bodyOf(place)),
    saveRecord: (place, ordinal, body) => save(recordOf(place, ordinal), body),
    openRecord: (place, ordinal) => open(recordOf(place, ordinal)),
    forgetContent: (place) => forget(bodyOf(place)),
    forgetAll: (place) => forget(folderOf(place)),
    forgetMonth: (month) => forget(`${month}/`),
  };
}

async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw storageErrorOf(error, subject);
  }
}

/** Most bodies are small: they take one request instead of three. @returns what is left, if it is longer than a block */
async function readHead(
  body: AsyncIterable<Uint8Array>,
): Promise<{ head: Buffer; rest: AsyncIterator<Uint8Array> | undefined }> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const rest = body[Symbol.asyncIterator]();
  while (bytes <= blockBytes) {
    const next = await rest.next();
    if (next.done === true) return { head: Buffer.concat(chunks), rest: undefined };
    chunks.push(next.value);
    bytes += next.value.length;
  }
  return { head: Buffer.concat(chunks), rest };
}

async function* chained(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield head;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

/** Keeps the error of a source, since what reads a stream reports it in its own words. */
async function* remembering(body: AsyncIterable<Uint8Array>, source: { error?: unknown }): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    source.error = error;
    throw error;
  }
}

async function* reading(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw storageErrorOf(error, subject);
  }
}
