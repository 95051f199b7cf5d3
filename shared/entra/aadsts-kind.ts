import type { EntraErrorKind } from './entra-error.ts';

const byCode: Readonly<Record<string, EntraErrorKind>> = {
  '7000229': 'consent-missing',
  '700016': 'consent-missing',
  '65001': 'consent-missing',
  '7000112': 'app-disabled',
  '70001': 'app-disabled',
  '90002': 'tenant-gone',
  '5000224': 'tenant-gone',
  '90038': 'tenant-gone',
  '500011': 'service-missing',
  '500014': 'service-missing',
  '650052': 'service-missing',
  '65005': 'service-missing',
  '7000215': 'credential-refused',
  '7000222': 'credential-refused',
  '7000216': 'credential-refused',
  '7000218': 'credential-refused',
  '700027': 'credential-refused',
  '700030': 'credential-refused',
  '50012': 'credential-refused',
  '70021': 'credential-refused',
  '700021': 'credential-refused',
  '700023': 'credential-refused',
  '700024': 'credential-refused',
  '90033': 'unreachable',
  '90006': 'unreachable',
  '90012': 'unreachable',
  '90024': 'unreachable',
  '50033': 'unreachable',
  '50000': 'unreachable',
  '50196': 'unreachable',
};

/**
 * What an AADSTS code of the token endpoint means, `undefined` if that is not known. Codes from Microsoft's list; those
 * of an assertion that was refused are a family (7002xx: issuer, audience, subject, kind).
 *
 * @param code digits only, e.g. `7000229`
 */
export const aadstsKind = (code: string): EntraErrorKind | undefined =>
  byCode[code] ?? (/^7002\d\d$/.test(code) ? 'credential-refused' : undefined);
