import { guidFrom } from '../guid.ts';
import { pick } from '../seeded.ts';
import { bigNumber } from './maker.ts';
import type { Fields, Maker } from './maker.ts';

const files = ['Tegninger/plan 2.dwg', 'Löhne 2026.xlsx', 'Røntgen/пациент 7.png', 'notes \ud83d.txt', 'budget.xlsx'];

/** Files in SharePoint and OneDrive. */
export function sharePointFields({ chance, domain, user }: Maker): Fields {
  const personal = chance() < 0.4;
  const site = `https://${domain.replace('.', '-')}.example/${personal ? 'personal' : 'sites/projects'}/`;
  const file = pick(chance, files);
  return {
    Operation: pick(chance, ['FileAccessed', 'FileModified', 'FileDownloaded', 'SharingSet', 'FileUploaded']),
    RecordType: pick(chance, [6, 6, 6, 4, 14, 36]),
    Workload: personal ? 'OneDrive' : 'SharePoint',
    ObjectId: site + file,
    CorrelationId: guidFrom(`${user} ${file}`),
    EventSource: 'SharePoint',
    ItemType: 'File',
    ListId: guidFrom(site),
    Site: guidFrom(`site ${site}`),
    SiteUrl: site,
    SourceFileName: file,
    SourceFileExtension: file.split('.').at(-1),
    FileSizeBytes: bigNumber('18446744073709551615'),
    UserAgent: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5)',
    AppAccessContext: { ClientAppId: guidFrom('client'), CorrelationId: '', IssuedAtTime: '1601-01-01T00:00:00' },
  };
}
