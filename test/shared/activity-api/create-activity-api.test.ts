import type http from 'node:http';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../shared/clock.ts';
import { EntraError } from '../../../shared/entra/entra-error.ts';
import { rejection } from '../../support/rejection.ts';
import { apiAt, countingTokens, denied, failure, never, send, startLoopback, tenant, tenantId } from './loopback.ts';
import { serve } from './serve.ts';

/** Nothing of a request may travel with an error: not as a property, not as a cause. */
function expectNoSecret(error: unknown): void {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const everything = JSON.stringify(at, Object.getOwnPropertyNames(at));
    expect(everything).not.toMatch(/token-\d|Bearer|Authorization|AxiosError/);
    expect(at).not.toHaveProperty('config');
    expect(at).not.toHaveProperty('request');
  }
}

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
