import type { ContentType } from '../content-types.ts';
import { guidFrom } from '../guid.ts';
import { between, pick, seeded } from '../seeded.ts';
import { dlpFields } from './dlp-fields.ts';
import { entraFields } from './entra-fields.ts';
import { exchangeFields } from './exchange-fields.ts';
import { generalFields } from './general-fields.ts';
import { sharePointFields } from './share-point-fields.ts';
import { type Fields, type Maker, withBigNumbers } from './maker.ts';
import { clientIps, people } from './people.ts';

const makers: Readonly<Record<ContentType, (maker: Maker) => Fields>> = {
  'Audit.AzureActiveDirectory': entraFields,
  'Audit.Exchange': exchangeFields,
  'Audit.SharePoint': sharePointFields,
  'Audit.General': generalFields,
  'DLP.All': dlpFields,
};

/** Which record: the n-th of the n-th content of a feed of the demo. */
export interface DemoPlace {
  readonly seed: number;
  readonly tenantId: string;
  readonly domain: string;
  readonly contentType: ContentType;
  readonly index: number;
  readonly ordinal: number;
  /** When its content was created, milliseconds since the epoch. */
  readonly created: number;
}

const escapeAll = (text: string): string =>
  text.replaceAll(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** The JSON text of a record. @param reordered the same record with its properties in another order */
export function demoRecord(place: DemoPlace, reordered: boolean): string {
  const { seed, tenantId, domain, contentType, index, ordinal, created } = place;
  const name = [seed, tenantId, contentType, index, ordinal].join(' ');
  const chance = seeded(name);
  const person = pick(chance, people);
  const user =
    chance() < 0.91
      ? `${person}@${domain}`
      : pick(chance, [
          'Not Available',
          'app@sharepoint',
          `ServicePrincipal_${guidFrom(person)}`,
          'NT AUTHORITY\\SYSTEM (w3wp)',
        ]);
  const happened = new Date(created - between(chance, 60, 5400) * 1000).toISOString();
  const ip = chance() < 0.9 ? { ClientIP: pick(chance, clientIps) } : {};
  const fields = {
    CreationTime: happened.slice(0, chance() < 0.05 ? 23 : 19),
    Id: guidFrom(name),
    OrganizationId: tenantId,
    UserKey: guidFrom(`key ${user}`),
    UserType: chance() < 0.03 ? '0' : 0,
    Version: 1,
    UserId: user,
    ...ip,
    ...makers[contentType]({ chance, tenantId, domain, user }),
  };
  const entries = Object.entries(fields);
  const text = JSON.stringify(Object.fromEntries(reordered ? entries.reverse() : entries));
  const printed = withBigNumbers(text);
  return chance() < 0.08 ? escapeAll(printed).replaceAll('/', '\\/') : printed;
}
