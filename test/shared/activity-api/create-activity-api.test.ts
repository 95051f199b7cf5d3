import type http from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { ActivityApiError } from '../../../shared/activity-api/activity-api-error.ts';
import { contentTypes } from '../../../shared/activity-api/content-types.ts';
import { hourMs, reachMs } from '../../../shared/activity-api/hours.ts';
import { systemClock } from '../../../shared/clock.ts';
import { EntraError } from '../../../shared/entra/entra-error.ts';
import {
  apiAt,
  collect,
  countingTokens,
  failure,
  type Loopback,
  never,
  publisherId,
  rejection,
  send,
  startLoopback,
  tenant,
  tenantId,
} from './loopback.ts';

const running: Loopback[] = [];
const serve = async (answer: http.RequestListener): Promise<Loopback> => {
  const loopback = await startLoopback(answer);
  running.push(loopback);
  return loopback;
};
afterEach(async () => {
  await Promise.all(running.splice(0).map((loopback) => loopback.close()));
});

const root = `/api/v1.0/${tenantId}/activity/feed`;
const now = Math.floor(Date.now() / 1000) * 1000;
const window = { from: now - hourMs, to: now };
const denied = { Message: 'Authorization has been denied for this request.' };
const entry = (url: string, name = 'a$b$c') => ({
  contentType: 'Audit.Exchange',
  contentId: name,
  contentUri: `${url}${root}/audit/${name}`,
  contentCreated: '2026-11-01T09:31:55.987Z',
  contentExpiration: '2026-11-08T09:31:55.987Z',
  somethingNew: { nested: true },
});

/** Nothing of a request may travel with an error: not as a property, not as a cause. */
function expectNoSecret(error: unknown): void {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const everything = JSON.stringify(at, Object.getOwnPropertyNames(at));
    expect(everything).not.toMatch(/token-\d|Bearer|Authorization|AxiosError/);
    expect(at).not.toHaveProperty('config');
    expect(at).not.toHaveProperty('request');
  }
}

describe('subscriptions', () => {
  it('are listed with token and PublisherIdentifier', async () => {
    const loopback = await serve((_request, response) => {
      send(response, 200, [{ contentType: 'Audit.Exchange', status: 'enabled', webhook: null }]);
    });
    expect(await apiAt(loopback.url).listSubscriptions(tenant, never)).toEqual([
      { contentType: 'Audit.Exchange', enabled: true },
    ]);
    expect(loopback.requests).toMatchObject([
      {
        method: 'GET',
        url: `${root}/subscriptions/list?PublisherIdentifier=${publisherId}`,
        headers: { authorization: 'Bearer token-1' },
      },
    ]);
  });

  it('are started and stopped by a POST that says it has no body', async () => {
    const loopback = await serve((request, response) => {
      send(response, 200, request.url?.includes('/start') ? { status: 'enabled', webhook: null } : '');
    });
    const api = apiAt(loopback.url);
    for (const contentType of contentTypes) {
      await api.startSubscription(tenant, contentType, never);
      await api.stopSubscription(tenant, contentType, never);
    }
    expect(loopback.requests).toHaveLength(2 * contentTypes.length);
    expect(loopback.requests[0]).toMatchObject({
      method: 'POST',
      url: `${root}/subscriptions/start?contentType=Audit.AzureActiveDirectory&PublisherIdentifier=${publisherId}`,
      headers: { 'content-length': '0' },
    });
    expect(loopback.requests[1]?.url).toContain('/stop?contentType=Audit.AzureActiveDirectory&');
    expect(loopback.sockets()).toBe(1);
  });

  it('count as started when they already were (AF20024), and only then', async () => {
    const loopback = await serve((_request, response) => {
      send(response, 400, failure(loopback.requests.length === 1 ? 'AF20024' : 'AF20020'));
    });
    const api = apiAt(loopback.url);
    await api.startSubscription(tenant, 'DLP.All', never);
    expect(await rejection(api.startSubscription(tenant, 'DLP.All', never))).toMatchObject({ kind: 'rejected' });
  });

  it('count as stopped when there is none or it is disabled, and only then', async () => {
    const codes = ['AF20022', 'AF20023', 'AF50000'];
    const loopback = await serve((_request, response) => {
      send(response, 400, failure(codes[loopback.requests.length - 1] ?? ''));
    });
    const api = apiAt(loopback.url);
    await api.stopSubscription(tenant, 'DLP.All', never);
    await api.stopSubscription(tenant, 'DLP.All', never);
    expect(await rejection(api.stopSubscription(tenant, 'DLP.All', never))).toMatchObject({ kind: 'server-failed' });
  });

  it('tell how long a throttled start has to wait', async () => {
    const loopback = await serve((_request, response) => {
      send(response, 403, failure('429', 'Please retry again after 8m 46s.'));
    });
    expect(await rejection(apiAt(loopback.url).startSubscription(tenant, 'DLP.All', never))).toMatchObject({
      kind: 'throttled',
      status: 403,
      code: '429',
      retryAfterMs: 526_000,
    });
  });

  it('are refused when the answer is no array, an error with status 200, or not JSON', async () => {
    const bodies = ['{}', '', 'null', JSON.stringify(failure('AF429')), '<html>Hello</html>'];
    const loopback = await serve((_request, response) => {
      send(response, 200, bodies[loopback.requests.length - 1] ?? '');
    });
    const api = apiAt(loopback.url);
    for (const kind of ['rejected', 'rejected', 'rejected', 'throttled', 'rejected']) {
      const error = await rejection(api.listSubscriptions(tenant, never));
      expect(error).toBeInstanceOf(ActivityApiError);
      expect(error).toMatchObject({ kind });
      expect(String(error)).not.toContain('Hello');
    }
  });
});

describe('tokens', () => {
  it('are renewed once after a 401 of the bare shape', async () => {
    const loopback = await serve((request, response) => {
      if (request.headers.authorization === 'Bearer token-2') send(response, 200, []);
      else send(response, 401, denied, { 'www-authenticate': 'Bearer' });
    });
    const tokens = countingTokens();
    expect(await apiAt(loopback.url, { tokens }).listSubscriptions(tenant, never)).toEqual([]);
    expect(tokens.forgotten()).toBe(1);
    expect(loopback.requests).toHaveLength(2);
  });

  it('are not forgotten again by those who were refused with the same old one', async () => {
    const loopback = await serve((request, response) => {
      if (request.headers.authorization === 'Bearer token-2') send(response, 200, []);
      else if (loopback.requests.length >= 5) for (const late of held.splice(0)) send(late, 401, denied);
      else held.push(response);
      if (loopback.requests.length === 5 && !response.writableEnded) send(response, 401, denied);
    });
    const held: http.ServerResponse[] = [];
    const tokens = countingTokens();
    const api = apiAt(loopback.url, { tokens });
    await Promise.all(Array.from({ length: 5 }, () => api.listSubscriptions(tenant, never)));
    expect(tokens.forgotten()).toBe(1);
  });

  it('refused twice are an error, without a third request', async () => {
    const loopback = await serve((_request, response) => {
      send(response, 401, denied);
    });
    const error = await rejection(apiAt(loopback.url).listSubscriptions(tenant, never));
    expect(error).toMatchObject({ name: 'ActivityApiError', kind: 'unauthorized', status: 401 });
    expect(loopback.requests).toHaveLength(2);
    expectNoSecret(error);
  });

  it('are kept when a permission is missing (AF10001 comes as 401 too)', async () => {
    const loopback = await serve((_request, response) => {
      send(response, 401, failure('AF10001', 'The permission set () sent in the request ...'));
    });
    const tokens = countingTokens();
    const error = await rejection(apiAt(loopback.url, { tokens }).listSubscriptions(tenant, never));
    expect(error).toMatchObject({ kind: 'permission-missing', code: 'AF10001' });
    expect(tokens.forgotten()).toBe(0);
    expect(loopback.requests).toHaveLength(1);
  });

  it('that cannot be had are told as the error of Entra', async () => {
    const entra = new EntraError('Tenant x has withdrawn its consent.', { kind: 'consent-missing' });
    const loopback = await serve((_request, response) => {
      send(response, 200, []);
    });
    const api = apiAt(loopback.url, { tokens: { token: () => Promise.reject(entra), forget: () => undefined } });
    expect(await rejection(api.listSubscriptions(tenant, never))).toBe(entra);
    expect(loopback.requests).toHaveLength(0);
  });
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

  it('end when a page repeats, and when pages never end', async () => {
    let pageNumber = (count: number): number => count % 3;
    const loopback = await serve((_request, response) => {
      const next = pageNumber(loopback.requests.length);
      send(response, 200, [], { NextPageUri: `${loopback.url}${root}/subscriptions/content?nextPage=${next}` });
    });
    const list = () => collect(apiAt(loopback.url).listContents(tenant, 'DLP.All', window, never));
    expect(await rejection(list())).toMatchObject({ kind: 'rejected' });
    expect(loopback.requests.length).toBeLessThan(6);
    loopback.requests.length = 0;
    pageNumber = (count) => count;
    expect(await rejection(list())).toMatchObject({ kind: 'rejected' });
    expect(loopback.requests).toHaveLength(1000);
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

describe('every call', () => {
  it('takes from the budget, retries with a fresh token included', async () => {
    let taken = 0;
    const budget = {
      take: () => {
        taken += 1;
        return Promise.resolve();
      },
    };
    const loopback = await serve((_request, response) => {
      send(response, 401, denied);
    });
    await rejection(apiAt(loopback.url, { budget }).listSubscriptions(tenant, never));
    expect(taken).toBe(2);
  });

  it('tells when the clocks are over a minute apart, once an hour', async () => {
    const loopback = await serve((_request, response) => {
      send(response, 200, []);
    });
    const skews: number[] = [];
    const onDateSkew = (_tenant: unknown, skewMs: number): void => void skews.push(skewMs);
    await apiAt(loopback.url, { onDateSkew }).listSubscriptions(tenant, never);
    expect(skews).toEqual([]);
    let aheadMs = 120_000;
    const api = apiAt(loopback.url, { onDateSkew, clock: { ...systemClock, now: () => Date.now() + aheadMs } });
    await api.listSubscriptions(tenant, never);
    await api.listSubscriptions({ ...tenant, tenantId: 'another' }, never);
    expect(skews).toHaveLength(1);
    expect(skews[0]).toBeLessThan(-118_000);
    expect(skews[0]).toBeGreaterThan(-130_000);
    aheadMs += 3_600_000;
    await api.listSubscriptions(tenant, never);
    expect(skews).toHaveLength(2);
  });

  it('follows no redirect', async () => {
    const elsewhere = await serve((_request, response) => {
      send(response, 200, []);
    });
    const loopback = await serve((_request, response) => {
      send(response, 302, '', { location: `${elsewhere.url}/` });
    });
    expect(await rejection(apiAt(loopback.url).listSubscriptions(tenant, never))).toMatchObject({
      kind: 'rejected',
      status: 302,
    });
    expect(elsewhere.requests).toHaveLength(0);
  });

  it('goes by the status when the body of an error does not end', async () => {
    const loopback = await serve((_request, response) => {
      response.writeHead(503);
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      };
      response.on('drain', more);
      more();
    });
    const error = await rejection(apiAt(loopback.url).listSubscriptions(tenant, never));
    expect(error).toMatchObject({ kind: 'server-failed', status: 503 });
  });

  it('is unreachable when nobody listens, without a trace of the request', async () => {
    const loopback = await startLoopback(() => undefined);
    await loopback.close();
    const error = await rejection(apiAt(loopback.url).listSubscriptions(tenant, never));
    expect(error).toMatchObject({ name: 'ActivityApiError', kind: 'unreachable' });
    expect(String(error)).toContain('ECONNREFUSED');
    expectNoSecret(error);
  });

  it.each(['headers', 'body', 'error body'])('is unreachable when the %s stay away', async (what) => {
    const loopback = await serve((_request, response) => {
      if (what === 'headers') return;
      response.writeHead(what === 'body' ? 200 : 500, { 'content-length': '10' });
      response.write('[');
    });
    const error = await rejection(apiAt(loopback.url, { idleTimeoutMs: 50 }).listSubscriptions(tenant, never));
    expect(error).toMatchObject({ kind: 'unreachable', timedOut: true });
    expect(String(error)).toContain('ETIMEDOUT');
    expectNoSecret(error);
  });

  it('is unreachable when the connection breaks', async () => {
    const loopback = await serve((request) => {
      request.socket.resetAndDestroy();
    });
    const error = await rejection(apiAt(loopback.url).listSubscriptions(tenant, never));
    expect(error).toMatchObject({ kind: 'unreachable' });
    expectNoSecret(error);
  });

  it('ends with the reason of its signal, before and during the request', async () => {
    const reason = new Error('enough');
    const controller = new AbortController();
    const loopback = await serve(() => {
      controller.abort(reason);
    });
    const api = apiAt(loopback.url);
    expect(await rejection(api.listSubscriptions(tenant, controller.signal))).toBe(reason);
    expect(loopback.requests).toHaveLength(1);
    expect(await rejection(api.listSubscriptions(tenant, controller.signal))).toBe(reason);
    expect(loopback.requests).toHaveLength(1);
  });

  it('is refused for a cloud that the deployment does not have', async () => {
    const error = await rejection(apiAt('http://127.0.0.1:1').listSubscriptions({ tenantId, cloud: 'dod' }, never));
    expect(error).toMatchObject({ kind: 'rejected' });
    expect(String(error)).toContain('"dod"');
  });
});
