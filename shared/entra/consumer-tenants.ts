/** Personal accounts, and the tenant behind the domains of Microsoft's own mail for everybody. */
export const consumerTenants: readonly string[] = [
  '9188040d-6c67-4c5b-b112-36a304b66dad',
  '84df9e7f-e9f6-40af-b435-aaaaaaaaaaaa',
];
