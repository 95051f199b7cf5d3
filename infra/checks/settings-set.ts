import { join } from 'node:path';

import type { Bicep } from './bicep.ts';
import { withoutName } from './settings-read.ts';
import { predict } from './snapshot.ts';

const credentials = ['federated', 'certificate', 'secret'];

/** Every app setting that `modules/settings.bicep` sets with any credential, with an example of its value. */
export async function settingsSet(bicep: Bicep, infra: string): Promise<Map<string, string>> {
  const set = new Map<string, string>();
  for (const credential of credentials) {
    const resources = await predict(bicep, join(infra, 'checks', 'settings.bicepparam'), { CREDENTIAL: credential });
    for (const { type, properties } of resources) {
      if (type !== 'Microsoft.Web/sites/config') continue;
      for (const [name, value] of Object.entries(properties as Record<string, string>))
        set.set(withoutName(name), value);
    }
  }
  return new Map([...set].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
