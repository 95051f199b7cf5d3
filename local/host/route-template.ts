/** One part of a route between slashes. Literals are in lower case, since routes do not distinguish case. */
export type Segment =
  | { readonly kind: 'literal'; readonly text: string }
  | {
      readonly kind: 'parameter';
      readonly name: string;
      readonly optional: boolean;
      readonly constraint: RegExp | undefined;
    }
  | { readonly kind: 'rest'; readonly name: string };

const constraints: Readonly<Record<string, RegExp>> = {
  int: /^-?\d{1,10}$/,
  long: /^-?\d{1,19}$/,
  bool: /^(true|false)$/i,
  alpha: /^[a-z]*$/i,
  guid: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
};

/**
 * Understands a route template: `name`, `{name}`, `{name?}`, `{name:int}`, `{*rest}`.
 * @throws Error that names the template
 */
export function parseTemplate(template: string): Segment[] {
  const parts = template.split('/').filter((part) => part !== '');
  return parts.map((part, index) => {
    const segment = parseSegment(part);
    if (!segment)
      throw new Error(`Route "${template}" cannot be understood at "${part}"; this host knows no such form.`);
    if (segment.kind === 'rest' && index < parts.length - 1) {
      throw new Error(`Route "${template}" goes on after "${part}"; a catch-all must come last.`);
    }
    return segment;
  });
}

function parseSegment(part: string): Segment | undefined {
  if (!/[{}]/.test(part)) return { kind: 'literal', text: part.toLowerCase() };
  const rest = /^\{\*{1,2}(\w+)\}$/.exec(part);
  if (rest) return { kind: 'rest', name: rest[1] ?? '' };
  const parameter = /^\{(\w+)(?::(\w+))?(\?)?\}$/.exec(part);
  if (!parameter) return undefined;
  const [, name = '', constraintName, optional] = parameter;
  const constraint = constraintName === undefined ? undefined : constraints[constraintName];
  if (constraintName !== undefined && constraint === undefined) return undefined;
  return { kind: 'parameter', name, optional: optional !== undefined, constraint };
}
