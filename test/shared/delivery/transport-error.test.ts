import { expect, test } from 'vitest';
import { transportError } from '../../../shared/delivery/transport-error.ts';

test.each([
  ['ENOTFOUND', 'misconfigured'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'misconfigured'],
  ['CERT_HAS_EXPIRED', 'misconfigured'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'misconfigured'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'misconfigured'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'misconfigured'],
  ['EPROTO', 'misconfigured'],
  ['EAI_AGAIN', 'unavailable'],
  ['ECONNREFUSED', 'unavailable'],
  ['ECONNRESET', 'unavailable'],
  ['ETIMEDOUT', 'unavailable'],
  ['EPIPE', 'unavailable'],
  [undefined, 'unavailable'],
])('%s means %s', (code, kind) => {
  const error = transportError('soc', code);
  expect(error.kind).toBe(kind);
  expect(error.message).toContain('soc');
});
