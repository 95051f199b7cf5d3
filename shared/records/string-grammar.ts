/** 1 for each byte that stands for itself within a JSON string: no quote, no backslash, no control character. */
export const plainBytes: Uint8Array = new Uint8Array(256).fill(1, 0x20);
for (const byte of Buffer.from('"\\')) plainBytes[byte] = 0;

/** 1 for each byte that may follow a backslash, apart from `u`. */
export const simpleEscapes: Uint8Array = new Uint8Array(256);
for (const byte of Buffer.from('"\\/bfnrt')) simpleEscapes[byte] = 1;

/** 1 for each byte that may be one of the four digits after a backslash and `u`. */
export const hexDigits: Uint8Array = new Uint8Array(256);
for (const byte of Buffer.from('0123456789abcdefABCDEF')) hexDigits[byte] = 1;
