/** States of a number or literal that is being read; 0 means that the byte does not belong to it. */
const [start, minus, zero, integer, point, fraction, exponent, exponentSign, exponentDigits, word] = [
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
];
const firstLetterState = 11;
const stateCount = 24;

const digits = '0123456789';
const table = new Uint8Array(stateCount * 256);

function link(from: number, characters: string, to: number): void {
  for (const byte of Buffer.from(characters)) table[from * 256 + byte] = to;
}

link(start, '-', minus);
for (const from of [start, minus]) {
  link(from, '0', zero);
  link(from, digits.slice(1), integer);
}
link(integer, digits, integer);
for (const from of [zero, integer]) link(from, '.', point);
for (const from of [point, fraction]) link(from, digits, fraction);
for (const from of [zero, integer, fraction]) link(from, 'eE', exponent);
link(exponent, '+-', exponentSign);
for (const from of [exponent, exponentSign, exponentDigits]) link(from, digits, exponentDigits);

let free = firstLetterState;
for (const literal of ['true', 'false', 'null']) {
  let from = start;
  for (const letter of literal.slice(0, -1)) {
    link(from, letter, free);
    from = free++;
  }
  link(from, literal.slice(-1), word);
}

/** The state before a scalar's first byte. */
export const scalarStart = start;

/** The state after one more byte of a number or literal (RFC 8259); 0 if the byte cannot belong to it. */
export const nextScalarState = (state: number, byte: number): number => table[state * 256 + byte] ?? 0;

/** Whether a number or literal may end in this state. */
export const isWholeScalar = (state: number): boolean =>
  state === zero || state === integer || state === fraction || state === exponentDigits || state === word;
