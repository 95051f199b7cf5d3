import { describe, expect, it } from 'vitest';
import { hourMs, reachMs } from '../../../shared/activity-api/hours.ts';
import { systemClock } from '../../../shared/clock.ts';
import { rejection } from '../../support/rejection.ts';
import { apiAt, collect, failure, never, publisherId, root, send, tenant, tenantId } from './loopback.ts';
import { serve } from './serve.ts';

const now = Math.floor(Date.now() / 1000) * 1000;
const window = { from: now - hourMs, to: now };
const entry = (url: string, name = 'a$b$c') => ({
  contentType: 'Audit.Exchange',
  contentId: name,
  contentUri: `${url}${root}/audit/${name}`,
  contentCreated: '2026-11-01T09:31:55.987Z',
  contentExpiration: '2026-11-08T09:31:55.987Z',
  somethingNew: { nested: true },
});

describe('listings', () => {
  it('ask with both times and follow NextPageUri as it is written, over empty pages', async () => {
    const pages: Record<string, [unknown[], string?]> = {};
    const loopback = await serve((request, response) => {
      const [body, next] = pages[request.url ?? ''] ?? [[entry(loopback.url, 'first')], page('nextPage=1%2B$x')];
      send(response, 200, body, next === undefined ? {} : { nExTpAgEuRi: next });
    });
    const page = (query: string): string =>
      `${loopback.url}/api/v1/${tenantId}/activity/feed/subscriptions/content?${query}`;
    const pathOf = (url: string): string => url.slice(loopback.url.length);
    const named = `nextpage=3&publisheridentifier=${publisherId}`;
    pages[pathOf(page(`nextPage=1%2B$x&PublisherIdentifier=${publisherId}`))] = [[], page('nextPage=2')];
    pages[pathOf(page(`nextPage=2&PublisherIdentifier=${publisherId}`))] = [[], page(named)];
    pages[pathOf(page(named))] = [[entry(loopback.url, 'last')]];
    const found = await collect(apiAt(loopback.url).listContents(tenant, 'Audit.Exchange', window, never));
    expect(found.map((contents) => contents.map(({ id }) => id))).toEqual([['first'], [], [], ['last']]);
    const time = (at: number): string => new Date(at).toISOString().slice(0, 19);
    expect(loopback.requests[0]?.url).toBe(
      `${root}/subscriptions/content?contentType=Audit.Exchange&startTime=${time(window.from)}&endTime=${time(window.to)}` +
        `&PublisherIdentifier=${publisherId}`,
    );
    expect(loopback.requests).toHaveLength(4);
    expect(found[0]?.[0]).toEqual({
      id: 'first',
      uri: `${loopback.url}${root}/audit/first`,
      created: Date.UTC(2026, 10, 1, 9, 31, 55, 987),
      expires: Date.UTC(2026, 10, 8, 9, 31, 55, 987),
    });
  });

  it.each([
    ['older than 167 h', { from: now - reachMs - 60_000, to: now - reachMs + hourMs }],
    ['longer than 24 h', { from: now - 25 * hourMs, to: now }],
    ['empty', { from: now, to: now }],
    ['backwards', { from: now, to: now - hourMs }],
    ['not in whole seconds', { from: now - hourMs + 1, to: now }],
    ['not of numbers', { from: Number.NaN, to: now }],
  ])('are not sent with a window that is %s', async (_what, wrong) => {
    const loopback = await serve((_request, response) => {
      send(response, 200, []);
    });
    const listing = apiAt(loopback.url).listContents(tenant, 'Audit.Exchange', wrong, never);
    expect(await rejection(collect(listing))).toMatchObject({ kind: 'window-refused' });
    expect(loopback.requests).toHaveLength(0);
  });

  it('look at the window when the request is sent, after all waiting', async () => {
    let late = 0;
    const loopback = await serve((_request, response) => {
      send(response, 200, []);
    });
    const api = apiAt(loopback.url, {
      clock: { ...systemClock, now: () => now + late },
      budget: {
        take: () => {
          late = 2000;
          return Promise.resolve();
        },
      },
    });
    const listing = api.listContents(tenant, 'DLP.All', { from: now - reachMs, to: now - reachMs + hourMs }, never);
    expect(await rejection(collect(listing))).toMatchObject({ kind: 'window-refused' });
    expect(loopback.requests).toHaveLength(0);
  });

  it.each(['contentId', 'contentUri', 'contentCreated', 'contentExpiration'])(
    'are refused whole if an entry has no %s',
    async (field) => {
      const loopback = await serve((_request, response) => {
        send(response, 200, [entry(loopback.url), { ...entry(loopback.url), [field]: undefined }]);
      });
      const error = await rejection(collect(apiAt(loopback.url).listContents(tenant, 'DLP.All', window, never)));
      expect(error).toMatchObject({ kind: 'rejected', status: 200 });
      expect(String(error)).toContain(`number 2) without a proper ${field}`);
    },
  );

  it.each([
    ['an impossible time', { contentCreated: 'soon' }],
    ['an empty id', { contentId: '' }],
    ['a number for an address', { contentUri: 5 }],
  ])('are refused whole if an entry has %s', async (_what, change) => {
    const loopback = await serve((_request, response) => {
      send(response, 200, [{ ...entry(loopback.url), ...change }]);
    });
    const listing = apiAt(loopback.url).listContents(tenant, 'DLP.All', window, never);
    expect(await rejection(collect(listing))).toMatchObject({ kind: 'rejected' });
  });

  it.each([[['text']], [{ value: [] }]])('are refused if they are %j', async (body) => {
    const loopback = await serve((_request, response) => {
      send(response, 200, body);
    });
    const listing = apiAt(loopback.url).listContents(tenant, 'DLP.All', window, never);
    expect(await rejection(collect(listing))).toMatchObject({ kind: 'rejected' });
  });

  it.each([
    ['a page', '<!DOCTYPE html><html></html>'],
    ['an error that nobody caught', '{"Message":"An error has occurred."}'],
  ])('may be had later when %s came with status 200', async (_what, body) => {
    const loopback = await serve((_request, response) => {
      send(response, 200, body);
    });
    const listing = apiAt(loopback.url).listContents(tenant, 'DLP.All', window, never);
    expect(await rejection(collect(listing))).toMatchObject({ kind: 'server-failed', status: 200 });
  });

  it('send no token to a next page elsewhere', async () => {
    const elsewhere = await serve((_request, response) => {
      send(response, 200, []);
    });
    const loopback = await serve((_request, response) => {
      send(response, 200, [entry(loopback.url)], {
        NextPageUri: `${elsewhere.url}${root}/subscriptions/content?nextPage=1`,
      });
    });
    const error = await rejection(collect(apiAt(loopback.url).listContents(tenant, 'DLP.All', window, never)));
    expect(error).toMatchObject({ kind: 'address-refused' });
    expect(elsewhere.requests).toHaveLength(0);
  });

  describe('end when pages never do', () => {
    type Page = (count: number) => { readonly contents?: string[]; readonly next: number | undefined };

    async function listed(page: Page) {
      const loopback = await serve((_request, response) => {
        const { contents = [], next } = page(loopback.requests.length);
        const more = { NextPageUri: `${loopback.url}${root}/subscriptions/content?nextPage=${next ?? 0}` };
        const entries = contents.map((name) => entry(loopback.url, name));
        send(response, 200, entries, next === undefined ? {} : more);
      });
      const listing = collect(apiAt(loopback.url).listContents(tenant, 'DLP.All', window, never));
      return { listing, requests: () => loopback.requests.length };
    }

    it('because one leads back', async () => {
      const { listing, requests } = await listed((count) => ({ next: count % 3 }));
      expect(await rejection(listing)).toMatchObject({ kind: 'rejected' });
      expect(requests()).toBeLessThan(6);
    });

    it.each([
      ['are empty', []],
      ['hold the same again', ['a', 'b']],
    ])('and %s', async (_what, contents) => {
      const { listing, requests } = await listed((count) => ({ contents, next: count }));
      const error = await rejection(listing);
      expect(error).toMatchObject({ kind: 'rejected' });
      expect(String(error)).toContain('brings nothing new');
      expect(requests()).toBeLessThanOrEqual(101);
    });

    it('and hold new contents each time', async () => {
      const { listing, requests } = await listed((count) => ({ contents: [`content-${count}`], next: count }));
      expect(String(await rejection(listing))).toContain('does not end after 1000 pages');
      expect(requests()).toBe(1000);
    });

    it('but not as long as they bring something now and then', async () => {
      const { listing } = await listed((count) => ({
        contents: count % 90 === 0 ? [`content-${count}`] : [],
        next: count < 360 ? count : undefined,
      }));
      expect((await listing).flat()).toHaveLength(4);
    });
  });

  it('tell a refused page token apart', async () => {
    const loopback = await serve((_request, response) => {
      const next = `${loopback.url}${root}/subscriptions/content?nextPage=1`;
      if (loopback.requests.length === 1) send(response, 200, [], { NextPageUri: next });
      else send(response, 400, failure('AF20031'));
    });
    const listing = apiAt(loopback.url).listContents(tenant, 'DLP.All', window, never);
    expect(await rejection(collect(listing))).toMatchObject({ kind: 'page-token-refused', code: 'AF20031' });
  });

  it('are refused over 16 MB, and do not read on', async () => {
    const loopback = await serve((_request, response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write(' '.repeat(1 << 20)));
      };
      response.on('drain', more);
      more();
    });
    const listing = apiAt(loopback.url).listContents(tenant, 'DLP.All', window, never);
    expect(await rejection(collect(listing))).toMatchObject({ kind: 'rejected' });
  });
});
