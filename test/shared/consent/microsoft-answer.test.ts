import { describe, expect, it } from 'vitest';

import { readMicrosoftAnswer, refusalByError, reportOf } from '../../../shared/consent/microsoft-answer.ts';

const trace = '0A0A0A0A-1111-4222-8333-444444444444';

it('is read from the query, and from nothing else', () => {
  const query = new URLSearchParams({ state: 's', admin_consent: 'True', error_subcode: 'cancel', invented: 'x' });
  expect(readMicrosoftAnswer({ query })).toEqual({ state: 's', adminConsent: 'True', errorSubcode: 'cancel' });
});

describe('an error', () => {
  it.each([
    [{ error: 'access_denied', errorDescription: 'AADSTS65004: declined' }, 'cancelled'],
    [{ error: 'access_denied', errorSubcode: 'cancel' }, 'cancelled'],
    [{ error: 'permission_denied', errorDescription: 'The admin canceled the request' }, 'cancelled'],
    [{ error: 'permission_denied', errorDescription: 'AADSTS90094: no' }, 'not_administrator'],
    [{ error: 'temporarily_unavailable' }, 'microsoft_unavailable'],
    [{ error: 'server_error' }, 'microsoft_unavailable'],
    [{ error: 'access_denied' }, undefined],
    [{ error: '' }, undefined],
    [{ error: 'x', errorDescription: 'AADSTS65004123456789: too long for a code' }, undefined],
    [{ error: 'x', errorDescription: 'xAADSTS65004' }, undefined],
  ])('%j means %s', (answer, means) => {
    expect(refusalByError(answer)).toBe(means);
  });
});

describe('of a description is repeated', () => {
  it('the code, and the IDs that are GUIDs', () => {
    const errorDescription = `AADSTS53003: Blocked. Trace ID: ${trace} Correlation ID: ${trace.replace('0A', '1B')} Timestamp: x`;
    expect(reportOf({ errorDescription })).toEqual({
      aadsts: 'AADSTS53003',
      traceId: trace.toLowerCase(),
      correlationId: trace.replace('0A', '1B').toLowerCase(),
    });
  });

  it.each([
    undefined,
    '',
    'Trace ID: <script>alert(1)</script> Correlation ID: 0000',
    `Trace ID: ${trace}00 Correlation ID: ${'-'.repeat(36)}`,
    `trace=${trace}`,
  ])('nothing of "%s"', (errorDescription) => {
    expect(reportOf({ errorDescription })).toEqual({ aadsts: undefined, traceId: undefined, correlationId: undefined });
  });
});
