const strangers = { scheme: 'ftp:', host: 'manage.office.example', port: '1', tenant: '' };

const isPart = (text: string): text is keyof typeof strangers => Object.hasOwn(strangers, text);

/**
 * The same address, except for the part that leads elsewhere.
 * @param elsewhere the part, or the origin that the whole address leads to instead
 */
export function foreignAddress(address: string, elsewhere: string | null, tenantId: string): string {
  if (elsewhere === null) return address;
  if (elsewhere === 'tenant') return address.replace(tenantId, '00000000-dead-4bad-8bad-000000000000');
  const [, scheme = '', host = '', port = '', rest = ''] = /^(\w+:)\/\/([^:/]+)(?::(\d+))?(.*)$/.exec(address) ?? [];
  if (!isPart(elsewhere)) return `${new URL(elsewhere).origin}${rest}`;
  return [
    elsewhere === 'scheme' ? strangers.scheme : scheme,
    '//',
    elsewhere === 'host' ? strangers.host : host,
    `:${elsewhere === 'port' ? strangers.port : port}`,
    rest,
  ].join('');
}
