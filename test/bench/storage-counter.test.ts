import { expect, test } from 'vitest';

import { kindOf } from './storage-counter.ts';

test.each([
  ['Table', "GET /devstoreaccount1/ledger202611(PartitionKey='a',RowKey='b')", 'table get'],
  ['Table', "GET /devstoreaccount1/ledger202611()?$filter=PartitionKey eq 'a'", 'table query'],
  ['Table', 'POST /devstoreaccount1/tenants', 'table insert'],
  ['Table', "PUT /devstoreaccount1/marks(PartitionKey='a',RowKey='b')", 'table replace'],
  ['Table', "DELETE /devstoreaccount1/open(PartitionKey='a',RowKey='b')", 'table delete'],
  ['Table', 'POST /devstoreaccount1/$batch', 'table transaction'],
  ['Table', 'POST /devstoreaccount1/Tables', 'other'],
  ['Queue', 'GET /devstoreaccount1/content/messages?numofmessages=8', 'queue get'],
  ['Queue', 'POST /devstoreaccount1/content/messages?visibilitytimeout=10', 'queue put'],
  ['Queue', 'PUT /devstoreaccount1/content/messages/1?popreceipt=x', 'queue update'],
  ['Queue', 'DELETE /devstoreaccount1/content/messages/1?popreceipt=x', 'queue delete'],
  ['Queue', 'PUT /devstoreaccount1/content', 'other'],
  ['Blob', 'PUT /devstoreaccount1/saved/a/b', 'blob write'],
  ['Blob', 'GET /devstoreaccount1/saved/a/b', 'blob read'],
  ['Blob', 'DELETE /devstoreaccount1/saved/a/b', 'blob delete'],
  ['Blob', 'PUT /devstoreaccount1/saved?restype=container', 'other'],
] as const)('%s: %s is a %s', (service, request, kind) => {
  expect(kindOf(service, request)).toBe(kind);
});
