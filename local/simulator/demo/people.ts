/** Made-up people, by the part of their address before the @. */
export const people = [
  'kari.nordmann',
  'ola.aas',
  'søren.kjær',
  'jürgen.groß',
  'zoë.o’neill',
  'amélie.durand',
  'priya.raman',
  'li.wei',
  'backup-svc',
  'reception',
];

/** The shapes in which addresses arrive (section 6.2 of the fact sheet); all from ranges for documentation. */
export const clientIps: readonly (string | null)[] = [
  '192.0.2.17',
  '198.51.100.4',
  '203.0.113.77',
  '198.51.100.200:40231',
  '[203.0.113.9]:7972',
  '[2001:db8::1]:443',
  '2001:db8:85a3::8a2e:370:7334',
  '',
  null,
  '<null>',
  'Unknown (proxy)',
];
