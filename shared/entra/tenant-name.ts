import { domainToASCII } from 'node:url';

const guid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

export const isGuid = (text: string): boolean => guid.test(text.toLowerCase());

/**
 * A tenant as a person writes it, a GUID or a domain name, made fit for the path of an address.
 * @returns lower case, the domain in its ASCII form; `undefined` if it is neither
 */
export function tenantName(input: string): string | undefined {
  const text = input.trim().toLowerCase();
  if (guid.test(text)) return text;
  // The conversion is a URL parser's: it must not get to see what is no domain name in the first place.
  if (!/^[\p{L}\p{M}\p{N}.-]{3,253}$/u.test(text)) return undefined;
  const domain = domainToASCII(text);
  const labels = domain.split('.');
  const plausible =
    domain.length <= 253 &&
    labels.length >= 2 &&
    labels.every((part) => label.test(part)) &&
    /[a-z]/.test(labels.at(-1) ?? '');
  return plausible ? domain : undefined;
}
