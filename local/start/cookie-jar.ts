/** The cookies of one browser, by host. They go back over plain HTTP too, as browsers do it for localhost. */
export interface CookieJar {
  take(url: URL, setCookies: readonly string[]): void;
  /** The value of the `Cookie` header; empty if there are none. */
  header(url: URL): string;
}

interface Cookie {
  readonly value: string;
  readonly path: string;
}

export function createCookieJar(): CookieJar {
  const hosts = new Map<string, Map<string, Cookie>>();
  return {
    take(url, setCookies) {
      const cookies = hosts.get(url.hostname) ?? new Map<string, Cookie>();
      hosts.set(url.hostname, cookies);
      for (const text of setCookies) {
        const [pair = '', ...attributes] = text.split(';').map((part) => part.trim());
        const at = pair.indexOf('=');
        const name = pair.slice(0, at);
        const given = new Map(attributes.map((part) => [part.split('=')[0]?.toLowerCase(), part.split('=')[1] ?? '']));
        const path = given.get('path') ?? '/';
        // A browser refuses such a cookie otherwise, and a walk that were kinder would prove nothing.
        if (name.startsWith('__Host-') && (!given.has('secure') || path !== '/' || given.has('domain'))) continue;
        const expires = Date.parse(given.get('expires') ?? '');
        const isOver = given.has('max-age') ? Number(given.get('max-age')) <= 0 : expires <= Date.now();
        if (isOver) cookies.delete(name);
        else cookies.set(name, { value: pair.slice(at + 1), path });
      }
    },
    header: (url) =>
      [...(hosts.get(url.hostname) ?? [])]
        .filter(([, { path }]) => url.pathname === path || url.pathname.startsWith(path.replace(/\/?$/, '/')))
        .map(([name, { value }]) => `${name}=${value}`)
        .join('; '),
  };
}
