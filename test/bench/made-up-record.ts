/** A made-up record of some 1.3 kB: as many short strings as an Exchange record of the real service has. */
export function madeUpRecord(i: number): object {
  const id = (part: number) => (i * 2_654_435_761 + part).toString(16).padStart(12, '0').slice(-12);
  const user = `person${i % 97}@contoso.example`;
  return {
    CreationTime: new Date(Date.UTC(2026, 10, 22) + i * 977).toISOString().slice(0, 19),
    Id: `5b1c7d2e-8a4f-4c19-9e60-${id(0)}`,
    Operation: i % 3 === 0 ? 'Set-Mailbox' : 'MailItemsAccessed',
    OrganizationId: '6d0f3c52-1b7e-4a86-b9c4-2e5a71d80f36',
    RecordType: 50,
    ResultStatus: 'Succeeded',
    UserKey: `CONTOSO\\${id(1)}`,
    UserType: 0,
    Version: 1,
    Workload: 'Exchange',
    ClientIP: `192.0.2.${i % 250}`,
    ObjectId: `example.prod/Hosted Organizations/contoso.example/Müller ${id(2)}`,
    UserId: user,
    AppId: '',
    ExternalAccess: i % 2 === 0,
    OrganizationName: 'contoso.example',
    OriginatingServer: 'AM0PR01MB0001 (15.20.8000.000)',
    SessionId: id(3),
    InternalLogonType: 0,
    LogonUserSid: `S-1-5-21-1000000000-${i}-3000000000-4000`,
    Parameters: ['Identity', 'Force', 'ProhibitSendQuota', 'IssueWarningQuota', 'Arbitration', 'QuotaDefaults'].map(
      (name) => ({ Name: name, Value: name === 'Force' ? 'True' : `49 GB (53,687,091,${i % 1000} bytes) ${id(4)}` }),
    ),
    Item: { Subject: 'Re: "Quarter"', InternetMessageId: `<${id(5)}@contoso.example>`, SizeInBytes: 48_211 + i },
  };
}
