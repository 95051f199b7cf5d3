import { describe, expect, it, vi } from 'vitest';
import { rejection } from '../../support/rejection.ts';
import { apiAt, collect, failure, never, send, tenant, tenantId } from './loopback.ts';
import { serve } from './serve.ts';

describe('a tenant whose contents hang', () => {
  const another = '22222222-2222-3333-4444-555555555555';
  const pathOf = (id: string, name: string): string => `/api/v1.0/${id}/activity/feed/audit/${name}`;

  it('holds up no listing of its own, and no fetch of another tenant', async () => {
    const loopback = await serve((request, response) => {
      if (request.url?.includes('/hang') !== true) send(response, 200, []);
    });
    const api = apiAt(loopback.url);
    const breakOff = new AbortController();
    const hanging = Array.from({ length: 300 }, (_none, n) =>
      rejection(api.fetchContent(tenant, loopback.url + pathOf(tenantId, `hang${n}`), breakOff.signal)),
    );
    const isHanging = ({ url }: { url: string }): boolean => url.includes('/hang');
    await vi.waitUntil(() => loopback.requests.filter(isHanging).length >= 32);
    expect(await api.listSubscriptions(tenant, never)).toEqual([]);
    const neighbour = { ...tenant, tenantId: another };
    const bytes = await api.fetchContent(neighbour, loopback.url + pathOf(another, 'good'), never);
    expect(Buffer.concat(await collect(bytes)).toString()).toBe('[]');
    expect(loopback.requests.filter(isHanging)).toHaveLength(32);
    breakOff.abort(new Error('broken off'));
    await Promise.all(hanging);
  });

  it('holds up no listing even with so many others that no connection for contents is left', async () => {
    const loopback = await serve((request, response) => {
      if (request.url?.includes('/hang') !== true) send(response, 200, []);
    });
    const api = apiAt(loopback.url);
    const breakOff = new AbortController();
    const hanging = Array.from({ length: 9 * 32 }, (_none, n) => {
      const id = `${String(n % 9).padStart(8, '0')}-2222-3333-4444-555555555555`;
      const address = { ...tenant, tenantId: id };
      return rejection(api.fetchContent(address, loopback.url + pathOf(id, `hang${n}`), breakOff.signal));
    });
    await vi.waitUntil(() => loopback.requests.length === 256, { timeout: 10_000 });
    expect(await api.listSubscriptions(tenant, never)).toEqual([]);
    expect(loopback.requests).toHaveLength(257);
    breakOff.abort(new Error('broken off'));
    await Promise.all(hanging);
  });

  it('is asked again as soon as some of them ended, whatever they ended by', async () => {
    const loopback = await serve((request, response) => {
      if (request.url?.includes('/refused') === true) send(response, 400, failure('AF20051'));
      else if (request.url?.includes('/reset') === true) request.socket.destroy();
      else send(response, 200, '[1]');
    });
    const api = apiAt(loopback.url);
    const names = Array.from({ length: 120 }, (_none, n) => ['whole', 'refused', 'reset', 'unread'][n % 4] ?? '');
    const outcomes = await Promise.allSettled(
      names.map(async (name) => {
        const breakOff = new AbortController();
        const bytes = await api.fetchContent(tenant, loopback.url + pathOf(tenantId, name), breakOff.signal);
        if (name === 'unread') breakOff.abort(new Error('broken off'));
        else await collect(bytes);
      }),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(60);
    expect(loopback.requests.length).toBeGreaterThanOrEqual(120);
  });
});
