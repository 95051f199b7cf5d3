/**
 * Replaces each `%NAME%` by the app setting of that name, as the host does for schedules, routes and queue names.
 * @throws Error that names a setting that is missing
 */
export function resolveSettings(text: string, environment: Readonly<Record<string, string | undefined>>): string {
  return text.replace(/%([^%]+)%/g, (_, name: string) => {
    const value = environment[name];
    if (value === undefined || value === '') {
      throw new Error(`'%${name}%' does not resolve to a value; set ${name} among the app's settings.`);
    }
    return value;
  });
}
