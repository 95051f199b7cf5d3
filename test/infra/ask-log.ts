type Row = Readonly<Record<string, unknown>>;
type Value = (row: Row) => unknown;

/**
 * Asks a log as Log Analytics would, in the few words of the query language that alerts are written in.
 * @param messages lines of `AppTraces`, as the app writes them
 * @throws Error for words that it does not know: nobody else looks at them before an alert is needed
 */
export function askLog(query: string, messages: readonly string[]): Row[] {
  const [table, ...steps] = query.split(' | ');
  if (table !== 'AppTraces') throw new Error(`${table} is not where the app's log is.`);
  return steps.reduce<Row[]>(
    (rows, step) => stepOf(step)(rows),
    messages.map((Message) => ({ Message })),
  );
}

function stepOf(step: string): (rows: Row[]) => Row[] {
  const [, verb = '', rest = ''] = /^(where|extend|summarize) (.+)$/.exec(step) ?? [];
  const [, column = '', made = ''] = /^(\w+) = (.+)$/.exec(rest) ?? [];
  if (verb === 'where') {
    const terms = rest.split(' and ').map(termOf);
    return (rows) => rows.filter((row) => terms.every((term) => term(row)));
  }
  if (verb === 'extend' && made !== '') {
    const value = valueOf(made);
    return (rows) => rows.map((row) => ({ ...row, [column]: value(row) }));
  }
  // Without a column to group by there is always one row, also of nothing.
  if (verb === 'summarize' && made === 'count()') return (rows) => [{ [column]: rows.length }];
  throw new Error(`What is "${step}"?`);
}

function termOf(term: string): (row: Row) => boolean {
  const [, left = '', operator = '', right = ''] = /^(.+?) (==|!=|>=|in|startswith) (.+)$/.exec(term) ?? [];
  const value = valueOf(left);
  const wanted: unknown =
    operator === 'startswith'
      ? /^'(.*)'$/.exec(right)?.[1]
      : JSON.parse(operator === 'in' ? right.replace(/^\((.*)\)$/, '[$1]') : right);
  switch (operator) {
    case '==':
      return (row) => value(row) === wanted;
    case '!=':
      return (row) => value(row) !== wanted;
    case '>=':
      return (row) => typeof wanted === 'number' && Number(value(row) ?? NaN) >= wanted;
    case 'in':
      return (row) => Array.isArray(wanted) && wanted.includes(value(row));
    case 'startswith':
      return (row) => typeof wanted === 'string' && String(value(row)).startsWith(wanted);
    default:
      throw new Error(`What is "${term}"?`);
  }
}

function valueOf(text: string): Value {
  const [, name = '', argument = ''] = /^(\w+)(?:\(([\w.]+)\))?$/.exec(text) ?? [];
  if (name === '') throw new Error(`What is "${text}"?`);
  if (argument === '') return (row) => row[name];
  const [column = '', field = ''] = argument.split('.');
  const read: Value = (row) => (field === '' ? row[column] : (row[column] as Row | undefined)?.[field]);
  switch (name) {
    case 'parse_json':
      return (row) => JSON.parse(String(read(row))) as unknown;
    case 'tostring':
      return (row) => {
        const value = read(row) ?? '';
        return typeof value === 'string' ? value : JSON.stringify(value);
      };
    case 'tolong':
      return (row) => (typeof read(row) === 'number' ? read(row) : undefined);
    default:
      throw new Error(`What is "${text}"?`);
  }
}
