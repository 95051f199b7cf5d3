import type { ContentType } from '../../shared/activity-api/content-types.ts';

/** Where the simulator finds out to which content type a record belongs. */
const marks: Record<ContentType, string> = {
  'Audit.AzureActiveDirectory': '"RecordType":15,"Workload":"AzureActiveDirectory"',
  'Audit.Exchange': '"RecordType":2,"Workload":"Exchange"',
  'Audit.SharePoint': '"RecordType":6,"Workload":"OneDrive"',
  'Audit.General': '"RecordType":25,"Workload":"MicrosoftTeams"',
  'DLP.All': '"RecordType":11,"Workload":"SharePoint"',
};

/** What a program that parses and prints again would change. */
const fragile = [
  '"Size":9007199254740993,"ItemId":18446744073709551615,"Ratio":1.0,"Tiny":-0.0,"Big":1E+2',
  String.raw`"Path":"\/sites\/one\\two","Quote":"a\"b","Tab":"\t","Face":"\ud83d\ude00","Half":"\ud800","Nul":"\u0000"`,
  '"Name":"Åse Østergård","Team":"東京支社","Mood":"🙂","Join":"a\u2028b"',
  '"Empty":{},"None":[],"List":[1,[2,[3,{"Deep":null}]]],"Key":1,"Key":2,"":true',
  '"Brackets":"}]{[,:\\\\","Comma":", ","Braces":["}","]","\\"{"]',
];

/** Text that is in every record, and must be in no log. */
export const recordMark = 'kept-out-of-every-log';

/** A record as Microsoft might write it, with much that must arrive unchanged. @param number makes its Id its own */
export function madeUpRecord(tenantId: string, contentType: ContentType, number: number): string {
  const id = `${tenantId.slice(0, 8)}-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
  const time = new Date(Date.UTC(2026, 10, 1) + number * 1000).toISOString().slice(0, 19);
  const part = fragile[number % fragile.length] ?? '';
  return (
    `{${part},"CreationTime":"${time}","Id":"${id}",${marks[contentType]},` +
    `"OrganizationId":"${tenantId}","Operation":"Made up ${number}","UserId":"${recordMark}@example.com"}`
  );
}

/** Some records of one feed with Ids of their own. */
export const madeUpRecords = (tenantId: string, contentType: ContentType, first: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => madeUpRecord(tenantId, contentType, first + index));
