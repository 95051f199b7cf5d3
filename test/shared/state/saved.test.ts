import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { createSavedStore } from '../../../shared/state/azure-saved.ts';
import type { SavedPlace, SavedStore } from '../../../shared/state/saved.ts';
import { StorageError } from '../../../shared/state/table.ts';
import { createMemorySaved } from '../../support/memory-saved.ts';
import { startTestStorage, type TestStorage } from '../../support/storage-emulator.ts';

const tenantId = '11111111-2222-3333-4444-555555555555';
const megabyte = 1024 * 1024;

const placeOf = (contentId: string, hour = '2026-11-22T10'): SavedPlace => ({
  feed: { tenantId, contentType: 'Audit.Exchange' },
  hour,
  contentId,
});

async function* bodyOf(...chunks: (string | Uint8Array | Error)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) {
    await Promise.resolve();
    if (chunk instanceof Error) throw chunk;
    yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  }
}

async function readAll(body: Promise<AsyncIterable<Uint8Array> | undefined>): Promise<string | undefined> {
  const chunks = await body;
  return chunks && Buffer.concat(await Array.fromAsync(chunks)).toString();
}

let storage: TestStorage;
beforeAll(async () => {
  storage = await startTestStorage();
});
afterAll(() => storage.close());

/** Each test begins without a container. */
const onAzurite = async (): Promise<SavedStore> => {
  const container = storage.clients.blobs.getContainerClient('saved');
  await container.deleteIfExists();
  return createSavedStore(() => storage.clients.blobs);
};

describe.each([
  ['Blob Storage (Azurite)', onAzurite],
  ['memory', () => Promise.resolve(createMemorySaved())],
])('what is saved in %s', (_name, create: () => Promise<SavedStore>) => {
  let saved: SavedStore;
  beforeEach(async () => {
    saved = await create();
  });

  test('reads as nothing, and forgets nothing, before anything was saved', async () => {
    const place = placeOf('a');
    expect(await saved.openContent(place)).toBeUndefined();
    expect(await saved.openRecord(place, 0)).toBeUndefined();
    await saved.forgetContent(place);
    await saved.forgetAll(place);
    await saved.forgetMonth('202611');
  });

  test('comes back as it was, contents and records apart, whatever the id', async () => {
    const ids = ['a', 'a/b', 'a\\#?%ä', 'x'.repeat(3000)];
    for (const id of ids) {
      await saved.saveContent(placeOf(id), bodyOf('[', `"body of ${id}"`, ']'));
      await saved.saveRecord(placeOf(id), 0, bodyOf(`first of ${id}`));
      await saved.saveRecord(placeOf(id), 12, bodyOf(`other of ${id}`));
    }
    for (const id of ids) {
      expect(await readAll(saved.openContent(placeOf(id)))).toBe(`["body of ${id}"]`);
      expect(await readAll(saved.openRecord(placeOf(id), 0))).toBe(`first of ${id}`);
      expect(await readAll(saved.openRecord(placeOf(id), 12))).toBe(`other of ${id}`);
      expect(await saved.openRecord(placeOf(id), 1)).toBeUndefined();
    }
  });

  test('may be empty', async () => {
    await saved.saveContent(placeOf('a'), bodyOf());
    expect(await readAll(saved.openContent(placeOf('a')))).toBe('');
  });

  test('is replaced by what is saved later', async () => {
    await saved.saveContent(placeOf('a'), bodyOf('long'.repeat(100)));
    await saved.saveContent(placeOf('a'), bodyOf('short'));
    expect(await readAll(saved.openContent(placeOf('a')))).toBe('short');
  });

  test.each([
    ['small', [Buffer.from('[1,')]],
    ['large', Array.from({ length: 12 }, () => Buffer.alloc(megabyte, 0x20))],
  ])('a %s body whose stream breaks leaves nothing behind, and throws what broke it', async (_size, chunks) => {
    const broken = new Error('The API hung up.');
    await expect(saved.saveContent(placeOf('a'), bodyOf(...chunks, broken))).rejects.toBe(broken);
    expect(await saved.openContent(placeOf('a'))).toBeUndefined();

    await saved.saveContent(placeOf('a'), bodyOf('whole'));
    await expect(saved.saveContent(placeOf('a'), bodyOf(...chunks, broken))).rejects.toBe(broken);
    expect(await readAll(saved.openContent(placeOf('a')))).toBe('whole');
  });

  test('is forgotten by content, by all of a content, and by month; neighbours stay', async () => {
    const [a, b] = [placeOf('a'), placeOf('b')];
    const december = placeOf('a', '2026-12-01T00');
    for (const place of [a, b, december]) {
      await saved.saveContent(place, bodyOf('body'));
      await saved.saveRecord(place, 3, bodyOf('record'));
    }
    const left = async (place: SavedPlace): Promise<(string | undefined)[]> => [
      await readAll(saved.openContent(place)),
      await readAll(saved.openRecord(place, 3)),
    ];

    await saved.forgetContent(a);
    expect(await left(a)).toEqual([undefined, 'record']);
    await saved.forgetAll(a);
    expect(await left(a)).toEqual([undefined, undefined]);
    expect(await left(b)).toEqual(['body', 'record']);
    await saved.forgetMonth('202611');
    expect(await left(b)).toEqual([undefined, undefined]);
    expect(await left(december)).toEqual(['body', 'record']);
  });

  test('may be read twice at once, and saved by two at once', async () => {
    await Promise.all([1, 2].map((n) => saved.saveContent(placeOf('a'), bodyOf(String(n)))));
    const both = await Promise.all([1, 2].map(() => readAll(saved.openContent(placeOf('a')))));
    expect(both[0]).toMatch(/^[12]$/);
    expect(both[1]).toBe(both[0]);
  });
});

test('a body is streamed: a large one is read no faster than it is written', async () => {
  const saved = await onAzurite();
  const chunk = Buffer.alloc(megabyte, 0x61);
  const total = 40;
  let given = 0;
  let uploaded = 0;
  let furthest = 0;
  const { blobs } = storage.clients;
  const watched = createSavedStore(() => ({
    getContainerClient(name: string) {
      const container = blobs.getContainerClient(name);
      const getBlockBlobClient = container.getBlockBlobClient.bind(container);
      container.getBlockBlobClient = (blobName) => {
        const blob = getBlockBlobClient(blobName);
        const stageBlock = blob.stageBlock.bind(blob);
        blob.stageBlock = async (...args) => {
          furthest = Math.max(furthest, given - uploaded);
          const answer = await stageBlock(...args);
          uploaded += args[2] / megabyte;
          return answer;
        };
        return blob;
      };
      return container;
    },
  }));
  const body = (async function* () {
    for (; given < total; given += 1) yield await Promise.resolve(chunk);
  })();

  await watched.saveContent(placeOf('a'), body);

  expect(uploaded).toBe(total);
  // Two blocks of 4 MB on their way, what waits for them, and what a stream keeps at hand.
  expect(furthest).toBeLessThanOrEqual(24);
  let read = 0;
  for await (const part of (await saved.openContent(placeOf('a'))) ?? []) read += part.length;
  expect(read).toBe(total * megabyte);
});

test('a storage that does not answer is a StorageError that names the container', async () => {
  const nobody = createSavedStore(
    () => new BlobServiceClient('http://127.0.0.1:1/account', undefined, { retryOptions: { maxTries: 1 } }),
  );
  const place = placeOf('a');
  const asks: (() => Promise<unknown>)[] = [
    () => nobody.saveContent(place, bodyOf('x')),
    () => nobody.saveRecord(place, 0, bodyOf('x')),
    () => nobody.saveContent(place, bodyOf(Buffer.alloc(5 * megabyte))),
    () => nobody.openContent(place),
    () => nobody.openRecord(place, 0),
    () => nobody.forgetContent(place),
    () => nobody.forgetAll(place),
    () => nobody.forgetMonth('202611'),
  ];
  for (const ask of asks) {
    const error: unknown = await ask().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StorageError);
    expect(String(error)).toContain('The container saved cannot be reached');
  }
});
