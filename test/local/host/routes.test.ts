import { describe, expect, it } from 'vitest';
import { createRoute, matchRoute } from '../../../local/host/routes.ts';
import { parseTemplate } from '../../../local/host/route-template.ts';

const match = (template: string, path: string) => matchRoute([createRoute('f', '', template, [])], 'GET', path)?.params;

describe('routes', () => {
  it('matches literals in any case, parameters decoded, optional ones absent', () => {
    expect(match('api/Tenants', '/API/tenants/')).toEqual({});
    expect(match('a/{id}', '/a/x%2Fy')).toEqual({ id: 'x/y' });
    expect(match('a/{id?}', '/a')).toEqual({});
    expect(match('a/{*rest}', '/a')).toEqual({});
    expect(match('{*rest}', '/a/b/c')).toEqual({ rest: 'a/b/c' });
    expect(match('', '/')).toEqual({});
  });

  it('does not match what is missing, left over, against its constraint or wrongly escaped', () => {
    expect(match('a/{id}', '/a')).toBeUndefined();
    expect(match('a', '/a/b')).toBeUndefined();
    expect(match('a/{id:guid}', '/a/b')).toBeUndefined();
    expect(match('a/{id}', '/a/%zz')).toBeUndefined();
    expect(match('a/{*rest}', '/a/%zz')).toBeUndefined();
  });

  it('prefers literal, constrained, plain, catch-all', () => {
    const templates = ['{*all}', 'a/{id}', 'a/{id:int}', 'a/1'];
    const routes = templates.map((template) => createRoute(template, '', template, []));
    const found = (path: string) => matchRoute(routes, 'GET', path)?.functionName;
    expect([found('/a/1'), found('/a/2'), found('/a/b'), found('/b')]).toEqual([
      'a/1',
      'a/{id:int}',
      'a/{id}',
      '{*all}',
    ]);
  });

  it('names a template that it cannot understand', () => {
    expect(() => parseTemplate('a/{b}.{c}')).toThrow('Route "a/{b}.{c}" cannot be understood at "{b}.{c}"');
    expect(() => parseTemplate('{id:even}')).toThrow('cannot be understood');
    expect(() => parseTemplate('{*rest}/a')).toThrow('a catch-all must come last');
  });
});
