import type { BodySource, Content } from './body.ts';
import { contentIdFor } from './content-id.ts';
import type { ContentType } from './content-types.ts';
import type { Contents } from './contents.ts';
import { generatedBody } from './generated-body.ts';
import type { Journal } from './journal.ts';
import { joinRecords } from './record-schedule.ts';
import { SimulatorError } from './simulator-error.ts';
import type { Tenants } from './tenants.ts';

/**
 * What a content holds: records (text is taken as it is, anything else printed as JSON), a body as it is, or generated
 * records, streamed and never held in memory.
 */
export type Offered =
  | { readonly records: readonly unknown[] }
  | { readonly body: string | Buffer }
  | { readonly generate: { readonly records: number; readonly bytesPerRecord: number } };

/** Times are milliseconds since the epoch. */
export interface OfferOptions {
  /** Default: now. */
  readonly created?: number | undefined;
  /** Default: seven days after `created`. */
  readonly expires?: number | undefined;
  /** From when on it is listed; default: at once. */
  readonly listable?: number | undefined;
  readonly contentId?: string | undefined;
}

export type Offer = (tenantId: string, contentType: ContentType, what: Offered, options?: OfferOptions) => Content;

const week = 7 * 86_400_000;

function countRecords(body: Buffer): number {
  try {
    const value: unknown = JSON.parse(body.toString());
    return Array.isArray(value) ? value.length : 1;
  } catch {
    return 0;
  }
}

const toBytes = (record: unknown): Buffer =>
  Buffer.isBuffer(record) ? record : Buffer.from(typeof record === 'string' ? record : JSON.stringify(record));

/** What a content needs besides what follows from its feed and time. */
export type Filling = (id: string, created: number) => { readonly records: number; readonly source: BodySource };

export interface Offering {
  readonly offer: Offer;
  /** Adds a content of a known tenant. @throws SimulatorError if its id is taken */
  add(tenantId: string, contentType: ContentType, fill: Filling, options?: OfferOptions): Content;
  /** Where bytes are from now on. */
  readonly keep: (bytes: Buffer) => BodySource;
}

/** Takes in contents one at a time, in a way that a restart remembers. */
export function createOffering(parts: {
  readonly now: () => number;
  readonly tenants: Tenants;
  readonly contents: Contents;
  readonly journal: Journal | undefined;
}): Offering {
  const { now, tenants, contents, journal } = parts;
  let ordinal = 0;
  const keep = (bytes: Buffer): BodySource => journal?.keep(bytes) ?? { kind: 'bytes', bytes };

  const add: Offering['add'] = (tenantId, contentType, fill, options = {}) => {
    const offered = now();
    const created = options.created ?? offered;
    let id = options.contentId ?? contentIdFor(tenantId, contentType, created, ordinal++);
    while (options.contentId === undefined && contents.ownerOf(id) !== undefined) {
      id = contentIdFor(tenantId, contentType, created, ordinal++);
    }
    if (contents.ownerOf(id) !== undefined) {
      throw new SimulatorError(`There is a content ${id} already; give another contentId, or none.`);
    }
    const expires = options.expires ?? created + week;
    const listable = options.listable ?? created;
    const content = { tenantId, contentType, id, created, expires, offered, listable, ...fill(id, created) };
    journal?.append([content]);
    return contents.add(content);
  };

  const offer: Offer = (tenantText, contentType, what, options) => {
    const tenantId = tenants.find(tenantText)?.tenantId;
    if (tenantId === undefined) {
      throw new SimulatorError(`There is no tenant ${tenantText}; add it before you offer contents of it.`);
    }
    const fill: Filling = (contentId, created) => {
      if ('generate' in what) {
        generatedBody({ tenantId, contentId, created, ...what.generate });
        return { records: what.generate.records, source: { kind: 'generated', ...what.generate } };
      }
      if ('records' in what) {
        return { records: what.records.length, source: keep(joinRecords(what.records.map(toBytes))) };
      }
      const bytes = toBytes(what.body);
      return { records: countRecords(bytes), source: keep(bytes) };
    };
    return add(tenantId, contentType, fill, options);
  };
  return { offer, add, keep };
}
