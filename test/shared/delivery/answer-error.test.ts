import { expect, test } from 'vitest';
import { answerError } from '../../../shared/delivery/answer-error.ts';

const answer = (status: number, text = '', retryAfterMs?: number) => ({ status, text, retryAfterMs });

test.each([200, 201, 202, 204])('HTTP %i takes everything', (status) => {
  expect(answerError('soc', answer(status))).toBeUndefined();
});

test.each([
  [302, 'misconfigured', 'DESTINATION_SOC_URL'],
  [304, 'misconfigured', 'DESTINATION_SOC_URL'],
  [400, 'refused', ''],
  [401, 'misconfigured', 'DESTINATION_SOC_SECRET'],
  [403, 'misconfigured', 'DESTINATION_SOC_SECRET'],
  [404, 'misconfigured', 'DESTINATION_SOC_URL'],
  [405, 'misconfigured', 'DESTINATION_SOC_URL'],
  [408, 'unavailable', ''],
  [410, 'misconfigured', 'DESTINATIONS'],
  [413, 'too-large', ''],
  [422, 'refused', ''],
  [429, 'unavailable', ''],
  [500, 'unavailable', ''],
  [502, 'unavailable', ''],
  [503, 'unavailable', ''],
  [504, 'unavailable', ''],
])('HTTP %i means %s', (status, kind, setting) => {
  const error = answerError('soc', answer(status));
  expect(error?.kind).toBe(kind);
  expect(error?.message).toContain(`HTTP ${status}`);
  expect(error?.message).toContain('Destination soc');
  expect(error?.message).toContain(setting);
});

test('the time that was asked for is kept', () => {
  expect(answerError('soc', answer(429, '', 7000))?.retryAfterMs).toBe(7000);
});

test('a refusal shows the beginning of the answer without control characters', () => {
  const error = answerError('soc', answer(422, `bad\r\n\u001b[31m\u202efield ${'x'.repeat(1000)}`));
  expect(error?.message).toMatch(/and says: bad \[31m field x+$/);
  expect(error?.message.length).toBeLessThan(600);
});
