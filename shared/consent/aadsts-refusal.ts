import type { ConsentRefusalCode } from './refusal-words.ts';

/** The codes of Microsoft's sign-in and consent pages that can come back to us, by what they mean for a person. */
const codes = {
  cancelled: [65004],
  not_administrator: [90094, 90095, 90092, 90093],
  risky_app: [900941, 900981],
  policy: [50097, 50131, 53000, 53001, 53002, 53003, 53004, 53011, 530032, 530034, 530035],
  mfa_needed: [50072, 50074, 50076, 50079, 50158, 500121],
  wrong_account: [16000, 50020, 50034, 51004, 90072],
  personal_account: [500200, 500208],
  tenant_restricted: [500021, 500022, 500212, 500213],
  not_assigned: [50105],
  app_disabled: [70001, 7000112, 1000031],
  service_missing: [65005, 500011, 500014, 650052],
  tenant_unknown: [90002, 90038, 700016, 900023, 5000224],
  not_applied_yet: [65001, 7000229],
  microsoft_unavailable: [50000, 50033, 50196, 90006, 90012, 90024, 90033],
  misconfigured: [
    28002, 50011, 50012, 50194, 70011, 70021, 500113, 650051, 650056, 650057, 700021, 700023, 700024, 700027, 700030,
    900971, 7000215, 7000216, 7000218, 7000222,
  ],
} as const satisfies Partial<Record<ConsentRefusalCode, readonly number[]>>;

const byCode = new Map<string, ConsentRefusalCode>(
  (Object.keys(codes) as (keyof typeof codes)[]).flatMap((refusal) =>
    codes[refusal].map((code) => [String(code), refusal] as const),
  ),
);

/**
 * What an AADSTS code means for whoever signs in; `undefined` if that is not known. Those of an assertion that was
 * refused are a family (7002xx: issuer, audience, subject, kind).
 * @param code digits only, e.g. `65004`
 */
export const aadstsRefusal = (code: string): ConsentRefusalCode | undefined =>
  byCode.get(code) ?? (/^7002\d\d$/.test(code) ? 'misconfigured' : undefined);
