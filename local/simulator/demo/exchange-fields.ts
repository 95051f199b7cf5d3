import { guidFrom } from '../guid.ts';
import { between, pick } from '../seeded.ts';
import { bigNumber } from './maker.ts';
import type { Fields, Maker } from './maker.ts';

const subjects = [
  'Faktura 4711',
  'Angebot für Türen & Fenster',
  '見積書',
  'Re: Re: lunch? \u{1f96a}',
  'line\u2028separator',
];

function mailbox({ chance, domain, user }: Maker): Fields {
  const many = chance() < 0.1 ? between(chance, 40, 200) : between(chance, 1, 4);
  return {
    Operation: pick(chance, ['MailItemsAccessed', 'Send', 'SoftDelete', 'HardDelete', 'MoveToDeletedItems']),
    RecordType: pick<unknown>(chance, [50, 2, 3, '2']),
    ResultStatus: pick(chance, ['Succeeded', 'PartiallySucceeded']),
    Workload: 'Exchange',
    LogonType: 0,
    InternalLogonType: 0,
    MailboxGuid: guidFrom(user),
    MailboxOwnerUPN: user,
    ClientInfoString: 'Client=OWA;Action=ViaProxy',
    OriginatingServer: 'DB7PR04MB4321 (15.20.4867.012)\r\n',
    SizeInBytes: bigNumber(`9007199254${between(chance, 740993, 999999)}`),
    Item: { Subject: pick(chance, subjects), ParentFolder: { Path: '\\Inbox' } },
    AffectedItems: Array.from({ length: many }, (_, item) => ({
      Id: `RgAAAA${guidFrom(`${user} ${item}`)}`,
      InternetMessageId: `<${guidFrom(`message ${user} ${item}`)}@${domain}>`,
    })),
  };
}

function admin({ chance, domain, user }: Maker): Fields {
  return {
    Operation: pick(chance, ['Set-Mailbox', 'New-InboxRule', 'Set-TransportRule', 'Add-MailboxPermission']),
    RecordType: 1,
    ResultStatus: pick(chance, ['True', 'False']),
    Workload: 'Exchange',
    ExternalAccess: false,
    ObjectId: `${domain}/Users/${user}`,
    OrganizationName: domain,
    OriginatingServer: 'AM0PR08MB5555 (15.20.8769.025)',
    Parameters: pick<unknown>(chance, [
      [
        { Name: 'Identity', Value: user },
        { Name: 'Name', Value: 'Größe > 10 MB' },
      ],
      ['Identity', user],
      `-Identity ${user}`,
      [],
    ]),
    SessionId: '',
  };
}

/** Mailbox and administrator audit. */
export const exchangeFields = (maker: Maker): Fields => (maker.chance() < 0.8 ? mailbox(maker) : admin(maker));
