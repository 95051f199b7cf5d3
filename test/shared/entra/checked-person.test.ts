import { describe, expect, it } from 'vitest';
import { checkedPerson, type Expected } from '../../../shared/entra/checked-person.ts';
import { microsoftClouds } from '../../../shared/entra/clouds.ts';
import { SignInError } from '../../../shared/entra/sign-in.ts';
import { clientId, tenantId } from './loopback.ts';

const now = Date.parse('2026-11-23T12:00:00Z');
const seconds = now / 1000;
const expected: Expected = { cloud: microsoftClouds.worldwide, tenantId, clientId, nonce: 'n', now };
const minutes = 60;

/** The claims of a good token, with some changed or left out (`undefined`). */
const claims = (change: Record<string, unknown> = {}) =>
  Object.fromEntries(
    Object.entries<unknown>({
      iss: `https://login.microsoftonline.com/${tenantId}/v2.0`,
      aud: clientId,
      tid: tenantId,
      oid: 'eeeeeeee-2222-3333-4444-555555555555',
      nonce: 'n',
      ver: '2.0',
      iat: seconds,
      nbf: seconds,
      exp: seconds + 60 * minutes,
      name: 'Alex Admin',
      preferred_username: 'admin@contoso.example',
      ...change,
    }).filter(([, value]) => value !== undefined),
  );

function refusal(given: unknown, change: Partial<Expected> = {}): SignInError {
  try {
    checkedPerson(given, { ...expected, ...change });
  } catch (error) {
    if (error instanceof SignInError) return error;
    throw error;
  }
  throw new Error('expected a refusal');
}

describe('the claims of an ID token', () => {
  it('make a person', () => {
    expect(checkedPerson(claims({ roles: ['Operator'] }), expected)).toEqual({
      tenantId,
      objectId: 'eeeeeeee-2222-3333-4444-555555555555',
      name: 'Alex Admin',
      username: 'admin@contoso.example',
      roles: ['Operator'],
    });
  });

  it.each(['gcc-high', 'dod', 'china', 'gcc'] as const)('name the issuer of cloud %s', (name) => {
    const cloud = microsoftClouds[name];
    const iss = `${cloud.authorityHost}/${tenantId}/v2.0`;
    expect(checkedPerson(claims({ iss }), { ...expected, cloud }).tenantId).toBe(tenantId);
  });

  it('are compared without regard to letter case where GUIDs are', () => {
    const change = {
      tid: tenantId.toUpperCase(),
      aud: clientId.toUpperCase(),
      oid: 'EEEEEEEE-2222-3333-4444-555555555555',
    };
    expect(checkedPerson(claims(change), { ...expected, tenantId: tenantId.toUpperCase() })).toMatchObject({
      tenantId,
      objectId: 'eeeeeeee-2222-3333-4444-555555555555',
    });
  });

  it.each([
    [
      'the issuer of another tenant',
      { iss: 'https://login.microsoftonline.com/99999999-2222-3333-4444-555555555555/v2.0' },
      'iss',
    ],
    ['the issuer of another cloud', { iss: `https://login.microsoftonline.us/${tenantId}/v2.0` }, 'iss'],
    ['the issuer of v1.0', { iss: `https://sts.windows.net/${tenantId}/` }, 'iss'],
    ['no issuer', { iss: undefined }, 'iss'],
    ['another audience', { aud: '00000003-0000-0000-c000-000000000000' }, 'aud'],
    ['several audiences', { aud: [clientId, 'other'] }, 'aud'],
    ['no audience', { aud: undefined }, 'aud'],
    ['another nonce', { nonce: 'N' }, 'nonce'],
    ['no nonce', { nonce: undefined }, 'nonce'],
    ['an end that is over, and the leeway with it', { exp: seconds - 5 * minutes }, 'exp'],
    ['an end as text', { exp: String(seconds + 60) }, 'exp'],
    ['no end', { exp: undefined }, 'exp'],
    ['a beginning beyond the leeway', { nbf: seconds + 5 * minutes + 1 }, 'nbf'],
    ['version 1.0', { ver: '1.0' }, 'ver'],
    ['no version', { ver: undefined }, 'ver'],
    ['no object ID', { oid: undefined }, 'oid'],
    ['an object ID that is no GUID', { oid: 'admin' }, 'oid'],
    ['no tenant', { tid: undefined }, 'tid'],
    ['roles that are no list', { roles: 'Operator' }, 'roles'],
  ])('are refused with %s', (_title, change, claim) => {
    const error = refusal(claims(change));
    expect(error).toMatchObject({ kind: 'refused', code: undefined });
    expect(error.message).toBe(
      `The ID token for tenant ${tenantId} is not what was asked for (${claim}); start the sign-in again.`,
    );
  });

  it.each([undefined, null, 'text', 7])('are refused when they are %j', (given) => {
    expect(refusal(given)).toMatchObject({ kind: 'refused' });
  });

  it('of another tenant are wrong even if everything else fits that tenant', () => {
    const tid = '99999999-2222-3333-4444-555555555555';
    const iss = `https://login.microsoftonline.com/${tid}/v2.0`;
    expect(refusal(claims({ tid, iss, roles: ['Operator'] }))).toMatchObject({ kind: 'wrong-tenant' });
  });

  it('of a personal account are wrong, whatever was asked for', () => {
    const tid = '9188040d-6c67-4c5b-b112-36a304b66dad';
    const iss = `https://login.microsoftonline.com/${tid}/v2.0`;
    const error = refusal(claims({ tid, iss }), { tenantId: tid });
    expect([error.kind, error.message]).toEqual([
      'wrong-tenant',
      expect.stringContaining('a personal account') as string,
    ]);
  });

  it('may be five minutes apart from our clock', () => {
    expect(checkedPerson(claims({ exp: seconds - 5 * minutes + 1 }), expected).tenantId).toBe(tenantId);
    expect(checkedPerson(claims({ nbf: seconds + 5 * minutes }), expected).tenantId).toBe(tenantId);
    expect(checkedPerson(claims({ nbf: undefined }), expected).tenantId).toBe(tenantId);
  });

  it('name somebody by what there is, of no more than 256 characters', () => {
    const nameOf = (change: Record<string, unknown>) => checkedPerson(claims(change), expected).name;
    expect(nameOf({ name: ' ' })).toBe('admin@contoso.example');
    expect(nameOf({ name: undefined, preferred_username: undefined })).toBe('eeeeeeee-2222-3333-4444-555555555555');
    expect(nameOf({ name: 7 })).toBe('admin@contoso.example');
    expect(nameOf({ name: 'x'.repeat(300) })).toHaveLength(256);
  });
});
