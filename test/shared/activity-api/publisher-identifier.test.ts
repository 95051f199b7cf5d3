import { expect, it } from 'vitest';
import { withPublisherIdentifier } from '../../../shared/activity-api/publisher-identifier.ts';

it.each([
  ['https://h/a$b$c', 'https://h/a$b$c?PublisherIdentifier=id'],
  ['https://h/a%24b', 'https://h/a%24b?PublisherIdentifier=id'],
  ['https://h/a?x=1', 'https://h/a?x=1&PublisherIdentifier=id'],
  ['https://h/a?', 'https://h/a?PublisherIdentifier=id'],
  ['https://h/a?x=1&', 'https://h/a?x=1&PublisherIdentifier=id'],
  ['https://h/a?PublisherIdentifier=other', 'https://h/a?PublisherIdentifier=other'],
  ['https://h/a?x=1&publisheridentifier=other', 'https://h/a?x=1&publisheridentifier=other'],
  ['https://h/a?x=PublisherIdentifier', 'https://h/a?x=PublisherIdentifier&PublisherIdentifier=id'],
])('makes %s into %s', (address, expected) => {
  expect(withPublisherIdentifier(address, 'id')).toBe(expected);
});
