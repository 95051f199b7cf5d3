/** A page's form, ready to be submitted. */
export interface Form {
  readonly method: 'GET' | 'POST';
  /** Absolute. */
  readonly action: URL;
  readonly fields: URLSearchParams;
}

/**
 * Finds the first form of a page and fills it as a person does who changes nothing and agrees: hidden and preset inputs,
 * the preselected option of each choice, and the button that says `accept`, or else the first.
 * @returns `undefined` if the page has no form
 */
export function findForm(html: string, page: URL): Form | undefined {
  const [, opening = '', inside] = /<form\b([^>]*)>(.*?)<\/form>/is.exec(html) ?? [];
  if (inside === undefined) return undefined;
  const form = attributesOf(opening);
  const fields = new URLSearchParams();
  const add = (name: string | undefined, value: string | undefined) => {
    if (name) fields.append(name, value ?? '');
  };
  for (const [, tag = ''] of inside.matchAll(/<input\b([^>]*)>/gi)) {
    const { name, value, type = 'text', checked } = attributesOf(tag);
    const isChoice = type === 'checkbox' || type === 'radio';
    if (type !== 'submit' && (!isChoice || checked !== undefined)) add(name, isChoice ? (value ?? 'on') : value);
  }
  for (const [, tag = '', options = ''] of inside.matchAll(/<select\b([^>]*)>(.*?)<\/select>/gis)) {
    const choices = [...options.matchAll(/<option\b([^>]*)>/gi)].map(([, option = '']) => attributesOf(option));
    const choice = choices.find(({ selected }) => selected !== undefined) ?? choices[0];
    if (choice) add(attributesOf(tag)['name'], choice['value']);
  }
  const buttons = [...inside.matchAll(/<button\b([^>]*)>/gi)].map(([, tag = '']) => attributesOf(tag));
  const button = buttons.find(({ value }) => value === 'accept') ?? buttons[0];
  add(button?.['name'], button?.['value']);
  return {
    method: form['method']?.toUpperCase() === 'POST' ? 'POST' : 'GET',
    action: new URL(form['action'] ?? '', page),
    fields,
  };
}

function attributesOf(tag: string): Partial<Record<string, string>> {
  const found = tag.matchAll(/([\w-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g);
  return Object.fromEntries(
    [...found].map(([, name = '', double, single, bare]) => [
      name.toLowerCase(),
      decode(double ?? single ?? bare ?? ''),
    ]),
  );
}

const named: Partial<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

const decode = (text: string): string =>
  text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return named[name] ?? whole;
    return String.fromCodePoint(hex === undefined ? Number(decimal) : parseInt(hex, 16));
  });
