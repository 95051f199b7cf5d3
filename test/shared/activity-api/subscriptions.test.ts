import { describe, expect, it } from 'vitest';
import { ActivityApiError } from '../../../shared/activity-api/activity-api-error.ts';
import { contentTypes } from '../../../shared/activity-api/content-types.ts';
import { rejection } from '../../support/rejection.ts';
import { apiAt, failure, never, publisherId, root, send, tenant } from './loopback.ts';
import { serve } from './serve.ts';

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

  it('are refused when the answer is no array, an error with status 200, not JSON, or a page', async () => {
    const bodies = ['{}', '', 'null', JSON.stringify(failure('AF429')), 'Hello', '<html>Hello</html>'];
    const loopback = await serve((_request, response) => {
      send(response, 200, bodies[loopback.requests.length - 1] ?? '');
    });
    const api = apiAt(loopback.url);
    for (const kind of ['rejected', 'rejected', 'rejected', 'throttled', 'rejected', 'server-failed']) {
      const error = await rejection(api.listSubscriptions(tenant, never));
      expect(error).toBeInstanceOf(ActivityApiError);
      expect(error).toMatchObject({ kind });
      expect(String(error)).not.toContain('Hello');
    }
  });
});
