/**
 * The members of a JSON array or object as they are written, each with its name if it has one.
 * @param text one array or object, with nothing around it but space; any encoding that leaves ASCII as it is
 */
export function splitMembers(text: string): string[] {
  const members: string[] = [];
  let depth = 0;
  let inText = false;
  let from = text.search(/[[{]/) + 1;
  const put = (to: number): void => {
    const member = text.slice(from, to).trim();
    if (member !== '') members.push(member);
    from = to + 1;
  };
  for (let index = from - 1; index < text.length; index++) {
    const character = text[index];
    if (inText) {
      if (character === '\\') index++;
      else if (character === '"') inText = false;
    } else if (character === '"') inText = true;
    else if (character === '[' || character === '{') depth++;
    else if (character === ']' || character === '}') {
      depth--;
      if (depth === 0) put(index);
    } else if (character === ',' && depth === 1) put(index);
  }
  return members;
}

/** The same object with its members in another order: `by` of them go from the front to the end. */
export function rotateMembers(object: string, by: number): string {
  const members = splitMembers(object);
  const at = members.length === 0 ? 0 : by % members.length;
  return `{${[...members.slice(at), ...members.slice(0, at)].join(',')}}`;
}
