import { parseSettings } from '../../shared/settings/parse-settings.ts';
import { SettingsError } from '../../shared/settings.ts';

type Environment = Readonly<Record<string, string>>;

/** Names as the Bicep files have them, with the destination's own name taken out. */
export const withoutName = (setting: string): string =>
  setting.replace(/^DESTINATION_[A-Z0-9]+_/, 'DESTINATION_<NAME>_');

/**
 * Every setting that the app reads in any situation, found by asking it: it is given nonsense until it has named all that
 * it would like to have, and where it says "must be one of ..." each choice is tried. A new setting is found by itself.
 */
export function settingsRead(): Set<string> {
  const read = new Set<string>();
  const seen = new Set<string>();
  const explore = (given: Environment): void => {
    const { names, problems } = ask(given);
    for (const name of names) read.add(name);
    // A connection string would keep it from asking for addresses.
    const missing = [...names].filter((name) => given[name] === undefined && name !== 'RelayStorage');
    const asked = { ...given, ...Object.fromEntries(missing.map((name) => [name, given[name] ?? '?'])) };
    if (missing.length > 0) {
      explore(asked);
      return;
    }
    for (const problem of problems) {
      const [, name = '', choices = ''] = /^(\S+) must be one of (.+)\.$/.exec(problem) ?? [];
      for (const choice of choices === '' ? [] : choices.split(', ')) {
        if (seen.has(`${name}=${choice}`)) continue;
        seen.add(`${name}=${choice}`);
        explore({ ...asked, [name]: choice });
      }
    }
  };
  explore({ DESTINATIONS: 'name' });
  return new Set([...read].map(withoutName));
}

/** What the app looks at in an environment, and what it has to say about it. */
function ask(given: Environment): { names: ReadonlySet<string>; problems: readonly string[] } {
  const names = new Set<string>();
  const environment = new Proxy<Record<string, string>>(
    { ...given },
    {
      get(target, name) {
        if (typeof name === 'string') names.add(name);
        return typeof name === 'string' ? target[name] : undefined;
      },
    },
  );
  try {
    parseSettings(environment);
    return { names, problems: [] };
  } catch (error) {
    if (error instanceof SettingsError) return { names, problems: error.problems };
    throw error;
  }
}

/** Settings that no deployment in Azure has, and why. */
const notInAzure: Readonly<Record<string, string>> = {
  RelayStorage: 'a connection string would hold a key',
  CUSTOM_AUTHORITY_HOST: 'simulators and proxies',
  CUSTOM_LOGIN_URL: 'simulators and proxies',
  CUSTOM_MANAGEMENT_URL: 'simulators and proxies',
  CUSTOM_MANAGEMENT_RESOURCE: 'simulators and proxies',
  'DESTINATION_<NAME>_PATH': 'an instance has no disk that lasts',
};

/** Settings that the platform reads, not the app. */
const ofThePlatform =
  /^(AzureWebJobs(?:Storage__\w+|DisableHomepage)|APPLICATIONINSIGHTS_(CONNECTION_STRING|AUTHENTICATION_STRING))$/;

/** @param set names of the app settings that the Bicep files set @returns what one side lacks, a sentence each */
export function compareSettings(read: ReadonlySet<string>, set: ReadonlySet<string>): string[] {
  return [
    ...[...read]
      .filter((name) => !set.has(name) && notInAzure[name] === undefined)
      .map((name) => `The app reads ${name}, which no Bicep file sets.`),
    ...[...set]
      .filter((name) => !read.has(name) && !ofThePlatform.test(name))
      .map((name) => `Bicep sets ${name}, which the app does not read.`),
    ...Object.keys(notInAzure)
      .filter((name) => !read.has(name) || set.has(name))
      .map((name) => `${name} is no exception any more: take it out of infra/checks/settings-read.ts.`),
  ];
}
