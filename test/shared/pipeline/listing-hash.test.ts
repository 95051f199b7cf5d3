import { expect, test } from 'vitest';

import { listingHash } from '../../../shared/pipeline/listing-hash.ts';

const one = { id: '1', uri: 'https://manage.office.com/1', created: 1, expires: 10 };
const two = { ...one, id: '2' };

test('the hash of a listing does not depend on its order', () => {
  expect(listingHash([one, two])).toBe(listingHash([two, one]));
});

test('the hash of a listing changes with anything that a fetch would need', () => {
  const others = [
    [],
    [one],
    [one, two, { ...one, id: '3' }],
    [one, { ...two, uri: 'x' }],
    [one, { ...two, expires: 11 }],
  ];
  expect(new Set([[one, two], ...others].map(listingHash)).size).toBe(others.length + 1);
});
