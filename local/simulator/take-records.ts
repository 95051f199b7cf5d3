import { randomUUID } from 'node:crypto';
import type { BodySource, Content } from './body.ts';
import { contentIdFor } from './content-id.ts';
import type { Contents } from './contents.ts';
import type { Journal, SavedContent } from './journal.ts';
import type { RecordFile } from './record-file.ts';
import { joinRecords, planContents } from './record-schedule.ts';
import type { Tenants } from './tenants.ts';

const week = 7 * 86_400_000;

/**
 * Offers the records of a file, as one step: after a death on the way the file is taken in again from its beginning.
 * @returns a mark that says in the saved state that the file was taken in whole
 */
export function takeRecords(parts: {
  readonly file: RecordFile;
  readonly seed: number;
  readonly now: number;
  readonly tenants: Tenants;
  readonly contents: Contents;
  readonly journal: Journal | undefined;
  readonly keep: (bytes: Buffer) => BodySource;
}): string {
  const { file, seed, now, tenants, contents, journal, keep } = parts;
  const taken = randomUUID();
  const known = new Set(contents.account().map(({ tenantId }) => tenantId));
  for (const feed of file.feeds) {
    const { tenantId, contentType } = feed;
    if (tenants.find(tenantId) === undefined) {
      const part = tenantId.slice(0, 8);
      tenants.add({ tenantId, name: `Organization ${part}`, domain: `org-${tenantId}.example` });
    }
    const added = planContents(seed, feed, now, known.has(tenantId)).map(
      ({ records, created }, index): SavedContent => {
        const content: Content = {
          tenantId,
          contentType,
          id: contentIdFor(tenantId, contentType, created, index),
          created,
          expires: created + week,
          offered: now,
          listable: created,
          records: records.length,
          source: keep(joinRecords(records)),
        };
        contents.add(content);
        return { ...content, taken };
      },
    );
    journal?.append(added);
  }
  return taken;
}
