import { BlobServiceClient } from '@azure/storage-blob';
import { expect, test } from 'vitest';
import { systemClock } from '../../../shared/clock.ts';
import { createDestinations } from '../../../shared/delivery/create-destinations.ts';
import { systemRandom } from '../../../shared/random.ts';

const deps = { clock: systemClock, random: systemRandom };
const secrets = [`whsec_${Buffer.alloc(32, 7).toString('base64')}`];

test('destinations come in the order of the settings, by name and type', () => {
  const made = createDestinations(
    [
      { name: 'disk', type: 'file', path: 'out' },
      { name: 'soc', type: 'https', url: 'https://soc.example.com/in', secrets, compression: 'gzip' },
      { name: 'cold', type: 'archive', container: 'archive' },
    ],
    { ...deps, blobService: () => new BlobServiceClient('https://storage.example.com') },
  );
  expect(made.map(({ name, type }) => [name, type])).toEqual([
    ['disk', 'file'],
    ['soc', 'https'],
    ['cold', 'archive'],
  ]);
});

test('blob storage is asked for only by who needs it', () => {
  const blobService = (): never => {
    throw new Error('There is no blob storage here.');
  };
  expect(createDestinations([{ name: 'disk', type: 'file', path: 'out' }], { ...deps, blobService })).toHaveLength(1);
  expect(() =>
    createDestinations([{ name: 'cold', type: 'archive', container: 'archive' }], { ...deps, blobService }),
  ).toThrow(/no blob storage/);
});
