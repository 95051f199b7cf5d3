import { describe, expect, it } from 'vitest';

import { aadstsRefusal } from '../../../shared/consent/aadsts-refusal.ts';
import { ConsentRefusal } from '../../../shared/consent/consent-refusal.ts';
import { type ConsentRefusalCode, refusalWords } from '../../../shared/consent/refusal-words.ts';

/** Codes that can reach a person, in the rows of the fact sheet, with what the person has to hear. */
const rows: [codes: number[], means: ConsentRefusalCode, hears: RegExp][] = [
  [[65004], 'cancelled', /open the same link again/],
  [[90094, 90095, 90093, 90092], 'not_administrator', /sign in as an administrator/],
  [[900941, 900981], 'risky_app', /publisher is not verified/],
  [[65001], 'not_applied_yet', /wait a minute/],
  [[500113, 50011, 900971, 50194, 650051, 650056, 650057], 'misconfigured', /nothing that you can do about it/],
  [[7000215, 7000222, 7000216, 7000218, 700027, 50012, 700030], 'misconfigured', /tell the operator/],
  [[70021, 700211, 700212, 700213, 700229, 700024], 'misconfigured', /tell the operator/],
  [[700016, 90002, 900023, 90038, 5000224], 'tenant_unknown', /tenant ID and the cloud/],
  [[650052, 65005, 500011, 500014], 'service_missing', /subscription/],
  [[50020, 90072, 16000, 50034, 51004], 'wrong_account', /account of that organisation/],
  [[500208, 500200], 'personal_account', /work account/],
  [[50105], 'not_assigned', /Assignment required/],
  [[53000, 53001, 53002, 53003, 53004, 53011, 530032, 530034, 530035], 'policy', /Conditional Access/],
  [[50072, 50074, 50076, 50079, 50158, 500121], 'mfa_needed', /second factor/],
  [[500021, 500022, 500212, 500213], 'tenant_restricted', /another network/],
  [[7000112, 70001, 1000031], 'app_disabled', /Enabled for users to sign-in/],
  [[90033, 90006, 90012, 90024, 50033, 50000], 'microsoft_unavailable', /refresh this page/],
];

describe.each(rows)('AADSTS codes %j', (codes, means, hears) => {
  it.each(codes)(`%i means ${means}`, (code) => {
    expect(aadstsRefusal(String(code))).toBe(means);
    const aadsts = `AADSTS${code}`;
    const { message } = new ConsentRefusal(means, {
      report: { aadsts, traceId: undefined, correlationId: undefined },
    });
    expect(message).toMatch(hears);
    expect(message).toContain(`(${aadsts}): `);
  });
});

it.each(['', '0', '65004x', '999999999', '70020', 'constructor'])('"%s" is not known', (code) => {
  expect(aadstsRefusal(code)).toBeUndefined();
});

describe.each(Object.entries(refusalWords))('%s', (code, { title, why, what, again }) => {
  it('is one sentence with what to do', () => {
    const { message } = new ConsentRefusal(code as ConsentRefusalCode);
    expect(message).toBe(`${why}: ${what}.`);
    expect(message).toMatch(/^[A-Z][^.]*\.$/);
    expect(title).toMatch(/^[A-Z].*[a-z]$/);
    expect(typeof again).toBe('boolean');
  });
});
