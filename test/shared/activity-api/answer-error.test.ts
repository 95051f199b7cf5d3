import { describe, expect, it } from 'vitest';
import { answerError } from '../../../shared/activity-api/answer-error.ts';
import { failure, tenantId } from './loopback.ts';

const date = Date.parse('2026-11-22T10:00:00Z');
const errorOf = (status: number, body: unknown, retryAfter?: string) =>
  answerError('Listing Audit.Exchange', {
    status,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    retryAfter,
    date,
  });

const leaked = {
  error: {
    code: `StartSubscription [CorrId=x][TenantId=${tenantId},ContentType=Audit.General,PublisherId=y][AppId`,
    message: `64ee8e] failed. Exception: Example.DataServiceException: Tenant ${tenantId} does not exist.\r\n   at Example.Api.Start()`,
  },
};

describe('answerError', () => {
  it.each([
    ['throttled', 403, failure('AF429', 'Too many requests. Method=GetBlob, PublisherId=x')],
    ['throttled', 429, failure('AF429')],
    ['throttled', 400, failure('af429')],
    ['throttled', 403, failure('429', 'Too many frequent subscription start requests.')],
    ['throttled', 403, { error: { code: 429, message: 'A number.' } }],
    ['throttled', 429, ''],
    ['throttled', 429, '<html>Slow down</html>'],
    ['server-failed', 500, failure('AF50000', 'An internal error occurred. Retry the request.')],
    ['server-failed', 400, failure('AF50005')],
    ['server-failed', 408, ''],
    ['server-failed', 503, '<html>Service Unavailable</html>'],
    ['server-failed', 500, { Message: 'An error has occurred.' }],
    ['server-failed', 200, { Message: 'An error has occurred.' }],
    ['no-subscription', 400, failure('AF20022')],
    ['no-subscription', 404, failure('AF20022')],
    ['subscription-disabled', 400, failure('AF20023')],
    ['window-refused', 400, failure('AF20030')],
    ['window-refused', 400, failure('AF20055')],
    ['page-token-refused', 400, failure('AF20031')],
    ['content-unknown', 404, failure('AF20050')],
    ['content-expired', 400, failure('AF20051')],
    ['content-expired', 429, failure('AF20051')],
    ['permission-missing', 401, failure('AF10001', 'The permission set () sent in the request ...')],
    ['permission-missing', 403, failure('AF10001')],
    ['permission-missing', 500, failure('AF10001')],
    ['audit-off', 400, leaked],
    ['audit-off', 500, leaked],
    ['audit-off', 400, failure('Exception', `Tenant ${tenantId.toUpperCase()} DOES NOT EXIST.`)],
    ['unauthorized', 401, { Message: 'Authorization has been denied for this request.' }],
    ['unauthorized', 401, ''],
    ['rejected', 400, failure('AF20052', 'Blob key x in the url is invalid')],
    ['rejected', 400, failure('AF20010')],
    ['rejected', 400, failure('String reference not set to an instance of a String.\r\nParameter name', 's')],
    ['server-failed', 403, '\r\n<!DOCTYPE html><html>Forbidden</html>'],
    ['rejected', 404, ''],
    ['rejected', 302, ''],
    ['rejected', 400, { error: 'text' }],
    ['rejected', 400, { error: { code: { a: 1 } } }],
    ['rejected', 400, failure('AF500001')],
  ])('says %s of %i %j', (kind, status, body) => {
    const error = errorOf(status, body);
    expect(error.kind).toBe(kind);
    expect(error.status).toBe(status);
  });

  it('keeps code and text short, on one line, without stack trace or anything like a token', () => {
    const error = errorOf(
      400,
      failure('x'.repeat(300), `Echo eyJhbGciOi.eyJhdWQi.c2ln ${'y'.repeat(500)}\r\n at Stack`),
    );
    expect(error.code).toHaveLength(100);
    expect(error.message.length).toBeLessThan(450);
    expect(error.message).not.toMatch(/eyJ|Stack|[\r\n]/);
    expect(errorOf(400, leaked).message).toMatch(/ \(HTTP 400, StartSubscription\)\.$/);
  });

  it.each([
    ['7', 7_000],
    ['0', 1_000],
    ['99999', 3_600_000],
    ['Sun, 22 Nov 2026 10:00:30 GMT', 30_000],
    ['Sun, 22 Nov 2026 09:00:00 GMT', 1_000],
    ['-5', undefined],
    ['soon', undefined],
    ['', undefined],
  ])('takes Retry-After "%s" as %s ms', (header, expected) => {
    expect(errorOf(403, failure('AF429'), header).retryAfterMs).toBe(expected);
    expect(errorOf(503, '', header).retryAfterMs).toBe(expected);
  });

  it.each([
    ['Too many frequent subscription start requests. Please retry again after 8m 46s.', 526_000],
    ['Please retry again after 14m 56s', 896_000],
    ['Please retry again after 59s.', 59_000],
    ['Please retry again after 1h 2m 3s.', 3_600_000],
    ['Please retry again after a while.', undefined],
    ['Please retry the request again in an hour.', undefined],
  ])('takes the wait out of the text "%s"', (message, expected) => {
    expect(errorOf(403, failure('429', message)).retryAfterMs).toBe(expected);
  });

  it('prefers the header to the text, and reads neither where waiting is no remedy', () => {
    expect(errorOf(403, failure('429', 'retry again after 8m 46s.'), '5').retryAfterMs).toBe(5_000);
    expect(errorOf(400, failure('AF20051'), '5').retryAfterMs).toBeUndefined();
  });

  it('has no half character in its sentence or code, whether it came so or was cut', () => {
    const error = errorOf(400, failure('AF10000\ud83d', `bad \ud83d ${'x'.repeat(193)}😀`));
    expect(error.message).toContain('"bad \ufffd xxx');
    expect(error.message.isWellFormed()).toBe(true);
    expect(error.code).toBe('AF10000\ufffd');
  });
});
