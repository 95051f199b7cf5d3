import { app } from '@azure/functions';

import { SettingsError } from '../shared/settings.ts';
import { parseSettings } from '../shared/settings/parse-settings.ts';

/** Wrong settings are said once at start, where whoever deploys looks first. A throw at import would be invisible. */
app.hook.appStart(() => {
  try {
    parseSettings(process.env);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    for (const problem of error.problems)
      process.stderr.write(`${JSON.stringify({ event: 'setting-invalid', problem })}\n`);
  }
});
