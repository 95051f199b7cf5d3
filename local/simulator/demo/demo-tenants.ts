import type { SimulatedTenant } from '../tenants.ts';

/** Three made-up customers. */
export const demoTenants: readonly SimulatedTenant[] = [
  { tenantId: '5a1c7f3e-20b4-4d6e-9c11-7e0f3b9d2a01', name: 'Fjordlys Bygg AS', domain: 'fjordlys.example' },
  {
    tenantId: '8e42d90b-6f1a-47c3-b2d8-1c5a9e7f4b02',
    name: 'Bäckerei Müller & Söhne',
    domain: 'mueller-soehne.example',
  },
  { tenantId: 'c3907be6-d85f-4e29-8a74-94b6f2e8dc03', name: 'Kestrel Dental Group', domain: 'kestrel-dental.example' },
];
