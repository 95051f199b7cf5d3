const loopbackHosts = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Whether a host name (as `URL.hostname` has it) is this machine's own. */
export const isLoopback = (hostname: string): boolean => loopbackHosts.has(hostname);

export interface WebAddressRules {
  /** `loopback`: plain http only to this machine. */
  readonly http: 'never' | 'loopback' | 'anywhere';
  /** Only scheme, host and port. */
  readonly originOnly: boolean;
}

/**
 * Checks a web address from a setting.
 * @returns the address (an origin has no slash at its end), or what is wrong with it as the end of a sentence
 */
export function checkWebAddress(text: string, rules: WebAddressRules): { address: string } | { wrong: string } {
  if (!URL.canParse(text)) return { wrong: 'must be a full web address such as https://relay.example.com' };
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return { wrong: 'must start with https://' };
  if (url.protocol === 'http:' && rules.http !== 'anywhere') {
    if (rules.http === 'never') return { wrong: 'must start with https://' };
    if (!isLoopback(url.hostname)) return { wrong: 'may use http:// only for this machine (localhost)' };
  }
  if (url.username !== '' || url.password !== '') return { wrong: 'must not hold a user name or password' };
  if (!rules.originOnly) return { address: url.href };
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    return { wrong: 'must be scheme, host and port only, without a path' };
  }
  return { address: url.origin };
}
