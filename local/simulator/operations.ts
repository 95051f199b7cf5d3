/** What a caller can ask of the simulated Microsoft, as the switches and the request counts name it. */
export const operations = [
  'consent',
  'sign-in',
  'discovery',
  'token',
  'start',
  'stop',
  'subscriptions',
  'list',
  'fetch',
  'other',
] as const;

export type Operation = (typeof operations)[number];
