import { SettingsError } from '../../../shared/settings.ts';
import { parseSettings } from '../../../shared/settings/parse-settings.ts';
import { goodSettings } from '../../support/relay-environment.ts';

export type Change = Readonly<Record<string, string | undefined>>;

/** Good settings with a change. */
export const parse = (change: Change = {}) => parseSettings({ ...goodSettings(), ...change });

/** What is wrong with good settings after the change. */
export function problems(change: Change): readonly string[] {
  try {
    parse(change);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

export const secret = (bytes: number, fill = 7) => `whsec_${Buffer.alloc(bytes, fill).toString('base64')}`;
export const https = (change: Change = {}): Change => ({
  DESTINATIONS: 'soc',
  DESTINATION_SOC_TYPE: 'https',
  DESTINATION_SOC_URL: 'https://soc.example.com/in',
  DESTINATION_SOC_SECRET: secret(24),
  ...change,
});
export const archive = (container: string): Change => ({
  DESTINATIONS: 'cold',
  DESTINATION_COLD_TYPE: 'archive',
  DESTINATION_COLD_CONTAINER: container,
});
