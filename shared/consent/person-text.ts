import type { SignedInPerson } from '../entra/sign-in.ts';

/** The most characters that are kept of somebody's name. */
const mostCharacters = 200;

/** Somebody as history and pages name them: the name that Microsoft signed, and the user name where it says more. */
export function personText({ name, username }: Pick<SignedInPerson, 'name' | 'username'>): string {
  const texts = [name, username].map((text) =>
    text
      .replace(/[\p{C}\s]+/gu, ' ')
      .trim()
      .slice(0, mostCharacters)
      // The cut may have gone through a character.
      .toWellFormed(),
  );
  const [shown = 'somebody without a name', account] = new Set(texts.filter((text) => text !== ''));
  return account === undefined ? shown : `${shown} (${account})`;
}
