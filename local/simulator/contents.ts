import type { Content } from './body.ts';
import { contentTypes } from './content-types.ts';
import type { ContentType } from './content-types.ts';

/** A content with its place in the order in which the simulator came to have it. */
export interface PlacedContent extends Content {
  readonly place: number;
}

/** Where a listing has come to: the last content that was listed. */
export interface Cursor {
  readonly created: number;
  readonly place: number;
}

export interface FeedAccount {
  readonly tenantId: string;
  readonly contentType: ContentType;
  readonly contents: number;
  readonly records: number;
}

export interface Contents {
  add(content: Content): PlacedContent;
  find(tenantId: string, contentId: string): PlacedContent | undefined;
  /** Remembers that a part of a content goes by an id of its own. A restart forgets it. */
  addPart(part: PlacedContent): void;
  /** The content before this one in its feed, by time. */
  before(content: Content): PlacedContent | undefined;
  /** Who owns a content with that id. */
  ownerOf(contentId: string): string | undefined;
  /** The contents of a feed after a cursor, by time. */
  after(tenantId: string, contentType: ContentType, cursor: Cursor): Iterable<PlacedContent>;
  /** The n-th content of a feed, in the order of offering. */
  nth(tenantId: string, contentType: ContentType, index: number): PlacedContent | undefined;
  account(): FeedAccount[];
}

interface Feed {
  readonly tenantId: string;
  readonly contentType: ContentType;
  readonly byTime: PlacedContent[];
  readonly byPlace: PlacedContent[];
  records: number;
}

const isAfter = (content: PlacedContent, cursor: Cursor): boolean =>
  content.created > cursor.created || (content.created === cursor.created && content.place > cursor.place);

/** Index of the first content after the cursor. */
function firstAfter(contents: readonly PlacedContent[], cursor: Cursor): number {
  let low = 0;
  let high = contents.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const content = contents[middle];
    if (content !== undefined && isAfter(content, cursor)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** All contents, in memory: what they are, not their bytes. */
export function createContents(): Contents {
  const feeds = new Map<string, Feed>();
  const byId = new Map<string, PlacedContent>();
  const parts = new Map<string, PlacedContent>();
  let places = 0;
  const feedKey = (tenantId: string, contentType: ContentType) => `${tenantId}/${contentType}`;

  return {
    add(content) {
      const placed = { ...content, place: places++ };
      const key = feedKey(content.tenantId, content.contentType);
      let feed = feeds.get(key);
      if (feed === undefined) {
        const { tenantId, contentType } = content;
        feed = { tenantId, contentType, byTime: [], byPlace: [], records: 0 };
        feeds.set(key, feed);
      }
      feed.byTime.splice(firstAfter(feed.byTime, placed), 0, placed);
      feed.byPlace.push(placed);
      feed.records += content.records;
      byId.set(content.id, placed);
      return placed;
    },
    find(tenantId, contentId) {
      const content = byId.get(contentId) ?? parts.get(contentId);
      return content?.tenantId === tenantId ? content : undefined;
    },
    addPart(part) {
      parts.set(part.id, part);
    },
    before({ tenantId, contentType, id, part }) {
      const contents = feeds.get(feedKey(tenantId, contentType))?.byTime ?? [];
      const own = byId.get(part?.of ?? id);
      if (own === undefined) return undefined;
      return contents[firstAfter(contents, { created: own.created, place: own.place - 1 }) - 1];
    },
    ownerOf: (contentId) => (byId.get(contentId) ?? parts.get(contentId))?.tenantId,
    *after(tenantId, contentType, cursor) {
      const contents = feeds.get(feedKey(tenantId, contentType))?.byTime ?? [];
      for (let index = firstAfter(contents, cursor); index < contents.length; index++) {
        const content = contents[index];
        if (content !== undefined) yield content;
      }
    },
    nth: (tenantId, contentType, index) => feeds.get(feedKey(tenantId, contentType))?.byPlace[index],
    account: () =>
      [...feeds.values()]
        .map(({ tenantId, contentType, byPlace, records }) => ({
          tenantId,
          contentType,
          contents: byPlace.length,
          records,
        }))
        .sort(
          (one, other) =>
            one.tenantId.localeCompare(other.tenantId) ||
            contentTypes.indexOf(one.contentType) - contentTypes.indexOf(other.contentType),
        ),
  };
}
