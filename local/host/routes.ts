import { parseTemplate } from './route-template.ts';
import type { Segment } from './route-template.ts';

/** An HTTP function's address. */
export interface Route {
  readonly functionName: string;
  /** In upper case; empty for all. */
  readonly methods: readonly string[];
  readonly segments: readonly Segment[];
}

export interface RouteMatch {
  readonly functionName: string;
  readonly params: Readonly<Record<string, string>>;
}

/** Makes a route from a function's template. @throws Error if the template cannot be understood */
export const createRoute = (
  functionName: string,
  prefix: string,
  template: string,
  methods: readonly string[],
): Route => ({
  functionName,
  methods: methods.map((method) => method.toUpperCase()),
  segments: parseTemplate(prefix === '' ? template : `${prefix}/${template}`),
});

/**
 * Finds the function for a request: the most specific route wins (literal before constrained parameter before
 * parameter before catch-all, segment by segment), and a method that is not its own is as good as no route.
 * @param path decoded only where it becomes a parameter
 */
export function matchRoute(routes: readonly Route[], method: string, path: string): RouteMatch | undefined {
  const parts = path.split('/').filter((part) => part !== '');
  let best: { route: Route; params: Record<string, string> } | undefined;
  for (const route of routes) {
    if (route.methods.length > 0 && !route.methods.includes(method)) continue;
    const params = matchSegments(route.segments, parts);
    if (params && (!best || isMoreSpecific(route, best.route))) best = { route, params };
  }
  return best && { functionName: best.route.functionName, params: best.params };
}

function matchSegments(segments: readonly Segment[], parts: readonly string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const part = parts[index];
    if (segment.kind === 'rest') {
      const rest = decode(parts.slice(index).join('/'));
      if (rest === undefined) return undefined;
      if (rest !== '') params[segment.name] = rest;
      return params;
    }
    if (part === undefined) {
      if (segment.kind === 'parameter' && segment.optional) continue;
      return undefined;
    }
    const text = decode(part);
    if (text === undefined) return undefined;
    if (segment.kind === 'literal') {
      if (text.toLowerCase() !== segment.text) return undefined;
    } else {
      if (segment.constraint && !segment.constraint.test(text)) return undefined;
      params[segment.name] = text;
    }
  }
  return parts.length > segments.length ? undefined : params;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

const rank = (segment: Segment | undefined): number => {
  if (segment === undefined) return 0;
  if (segment.kind === 'literal') return 1;
  if (segment.kind === 'rest') return 4;
  return segment.constraint ? 2 : 3;
};

function isMoreSpecific(left: Route, right: Route): boolean {
  const length = Math.max(left.segments.length, right.segments.length);
  for (let index = 0; index < length; index += 1) {
    const difference = rank(left.segments[index]) - rank(right.segments[index]);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
