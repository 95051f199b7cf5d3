import { describe, expect, it } from 'vitest';
import { ActivityApiError } from '../../../shared/activity-api/activity-api-error.ts';
import { type AddressUse, checkAddress } from '../../../shared/activity-api/check-address.ts';
import { microsoftClouds } from '../../../shared/entra/clouds.ts';
import { cloudAt, tenant, tenantId } from './loopback.ts';

const cloud = microsoftClouds.worldwide;
const path = `/api/v1.0/${tenantId}/activity/feed/audit/2026$2027$audit_exchange$Audit_Exchange$na0014`;

const refusal = (address: string, use: AddressUse = 'content', at = cloud): ActivityApiError => {
  try {
    checkAddress(address, use, tenant, at);
  } catch (error) {
    if (error instanceof ActivityApiError) return error;
  }
  throw new Error(`not refused: ${address}`);
};

describe('checkAddress', () => {
  it.each([
    `https://manage.office.com${path}`,
    `https://manage.office.com:443${path}`,
    `HTTPS://Manage.Office.Com${path}`,
    `https://manage.office.com${path}?PublisherIdentifier=x`,
    `https://manage.office.com${path.replace(tenantId, tenantId.toUpperCase())}`,
    `https://manage.office.com/API/V1.0/${tenantId}/Activity/Feed/audit/1`,
    `https://manage.office.com${path.replaceAll('$', '%24')}`,
  ])('passes the content address %s', (address) => {
    expect(() => {
      checkAddress(address, 'content', tenant, cloud);
    }).not.toThrow();
  });

  it('passes the two versions that a next page may have, and only one for a content', () => {
    const page = `https://manage.office.com/api/v1/${tenantId}/activity/feed/subscriptions/content?nextPage=a%2Fb`;
    expect(() => {
      checkAddress(page, 'next page', tenant, cloud);
    }).not.toThrow();
    expect(refusal(page, 'content').kind).toBe('address-refused');
    expect(() => {
      checkAddress(page.replace('/v1/', '/v1.0/'), 'next page', tenant, cloud);
    }).not.toThrow();
  });

  it('passes plain HTTP with a port only where the cloud has just that', () => {
    const custom = cloudAt('http://127.0.0.1:9000');
    expect(() => {
      checkAddress(`http://127.0.0.1:9000${path}`, 'content', tenant, custom);
    }).not.toThrow();
    expect(refusal(`http://127.0.0.1:9001${path}`, 'content', custom).message).toContain('"http://127.0.0.1:9001"');
    expect(refusal(`https://127.0.0.1:9000${path}`, 'content', custom).kind).toBe('address-refused');
    expect(refusal(`http://localhost:9000${path}`, 'content', custom).kind).toBe('address-refused');
  });

  it.each([
    ['another host', `https://evil.example${path}`],
    ['plain HTTP', `http://manage.office.com${path}`],
    ['another port', `https://manage.office.com:8443${path}`],
    ['a host with ours as its beginning', `https://manage.office.com.evil.example${path}`],
    ['a host with ours as its end', `https://evil-manage.office.com${path}`],
    ['a host with a dot at its end', `https://manage.office.com.${path}`],
    ['another cloud of Microsoft', `https://manage-gcc.office.com${path}`],
    ['our host as user name', `https://manage.office.com@evil.example${path}`],
    ['user name and password', `https://user:pass@manage.office.com${path}`],
    ['an empty user name', `https://@manage.office.com${path}`],
    ['a backslash after the host', `https://evil.example\\@manage.office.com${path}`],
    ['backslashes for slashes', `https:\\\\manage.office.com${path}`],
    ['no scheme', `//manage.office.com${path}`],
    ['no host', path],
    ['another scheme', `file://manage.office.com${path}`],
    ['no path', 'https://manage.office.com'],
    ['nothing', ''],
    ['no URL at all', 'not a url'],
    ['an impossible port', `https://manage.office.com:99999${path}`],
    ['a fragment', `https://manage.office.com${path}#x`],
    ['a space at its end', `https://manage.office.com${path} `],
    ['a line break', `https://manage.office.com${path}\r\nHost: evil.example`],
    ['a tab inside the host', `https://manage.\toffice.com${path}`],
    ['letters that are not ASCII', `https://manage.office.com${path}ä`],
    ['another tenant', `https://manage.office.com${path.replace('1111', '2222')}`],
    ['no tenant', 'https://manage.office.com/api/v1.0/activity/feed/audit/1'],
    ['dot segments', `https://manage.office.com/api/v1.0/${tenantId}/activity/feed/../../../other/activity/feed/a`],
    ['dot segments to our tenant', `https://manage.office.com/x/../api/v1.0/${tenantId}/activity/feed/audit/1`],
    ['encoded dots', `https://manage.office.com/api/v1.0/${tenantId}/activity/feed/%2e%2e/x`],
    ['half-encoded dots', `https://manage.office.com/api/v1.0/${tenantId}/activity/feed/.%2E/x`],
    ['an encoded slash', `https://manage.office.com/api/v1.0/${tenantId}/activity/feed/audit%2f..%2fx`],
    ['an encoded backslash', `https://manage.office.com/api/v1.0/${tenantId}/activity/feed/audit%5Cx`],
    ['a slash encoded twice', `https://manage.office.com/api/v1.0/${tenantId}/activity/feed/audit%252fx`],
    ['an encoded null byte', `https://manage.office.com/api/v1.0/${tenantId}/activity/feed/audit%00`],
    ['an empty segment', `https://manage.office.com//api/v1.0/${tenantId}/activity/feed/audit/1`],
    ['another version', `https://manage.office.com/api/v2.0/${tenantId}/activity/feed/audit/1`],
    ['another API', `https://manage.office.com/api/v1.0/${tenantId}/ServiceComms/Messages`],
    ['nothing below the feed', `https://manage.office.com/api/v1.0/${tenantId}/activity/feed/`],
  ])('refuses %s', (_what, address) => {
    for (const use of ['content', 'next page'] as const) expect(refusal(address, use).kind).toBe('address-refused');
  });

  it('names the host and neither path nor query', () => {
    const { message } = refusal(`https://evil.example/secret/path?token=hidden`);
    expect(message).toContain('evil.example');
    expect(message).toContain(tenantId);
    expect(message).not.toMatch(/secret|hidden/);
  });

  it('keeps a long host short', () => {
    expect(refusal(`https://${'a.'.repeat(2000)}example${path}`).message.length).toBeLessThan(400);
  });
});
