const quote = 0x22;
const backslash = 0x5c;

const indent = (depth: number): string => `\r\n${'  '.repeat(depth)}`;

/** Spreads JSON over many lines, chunk by chunk; only space between tokens is added. */
export function createPretty(): (chunk: Buffer) => Buffer {
  let depth = 0;
  let inText = false;
  let escaped = false;
  return (chunk) => {
    const parts: Buffer[] = [];
    let from = 0;
    const put = (to: number, text: string) => {
      parts.push(chunk.subarray(from, to), Buffer.from(text));
      from = to;
    };
    for (let index = 0; index < chunk.byteLength; index++) {
      const byte = chunk[index];
      if (inText) {
        if (escaped) escaped = false;
        else if (byte === backslash) escaped = true;
        else if (byte === quote) inText = false;
      } else if (byte === quote) inText = true;
      else if (byte === 0x5b || byte === 0x7b) put(index + 1, indent(++depth));
      else if (byte === 0x5d || byte === 0x7d) put(index, indent(--depth));
      else if (byte === 0x2c) put(index + 1, indent(depth));
      else if (byte === 0x3a) put(index + 1, ' ');
    }
    parts.push(chunk.subarray(from));
    return Buffer.concat(parts);
  };
}
