/** Where an operator lands after sign-in if nothing else was wanted. */
export const homePath = '/console';

const signIn = '/console/sign-in';
const mostCharacters = 500;

/** Paths of this console and nothing else: no host, no scheme, no dots, no backslash. */
const ours = /^\/console(?:\/[a-z0-9-]{1,80}){0,4}(?:\?[\w%.~+&=-]*)?$/i;

/** @returns `wanted` if it is a path of the console that a GET may show, else its first page */
export const returnPath = (wanted: string | null | undefined): string =>
  wanted && wanted.length <= mostCharacters && ours.test(wanted) && !wanted.startsWith('/console/sign-')
    ? wanted
    : homePath;

/** @param url of the page that was wanted */
export function signInPath(url: string | undefined): string {
  if (url === undefined) return signIn;
  const { pathname, search } = new URL(url);
  const path = returnPath(`${pathname}${search}`);
  return path === homePath ? signIn : `${signIn}?${new URLSearchParams({ return: path }).toString()}`;
}
