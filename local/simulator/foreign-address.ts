const strangers = { scheme: 'ftp:', host: 'manage.office.example', port: '1', tenant: '' };

/** The same address, except for the part that leads elsewhere. */
export function foreignAddress(address: string, part: keyof typeof strangers | null, tenantId: string): string {
  if (part === null) return address;
  if (part === 'tenant') return address.replace(tenantId, '00000000-dead-4bad-8bad-000000000000');
  const [, scheme = '', host = '', port = '', rest = ''] = /^(\w+:)\/\/([^:/]+)(?::(\d+))?(.*)$/.exec(address) ?? [];
  return [
    part === 'scheme' ? strangers.scheme : scheme,
    '//',
    part === 'host' ? strangers.host : host,
    `:${part === 'port' ? strangers.port : port}`,
    rest,
  ].join('');
}
