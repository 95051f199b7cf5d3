import { X509Certificate } from 'node:crypto';

import type { CredentialSettings } from '../settings.ts';

/** When the app's certificate expires, milliseconds since the epoch; `undefined` if it signs in without one. */
export const certificateExpiry = (credential: CredentialSettings): number | undefined =>
  credential.kind === 'certificate' ? new X509Certificate(credential.pem).validToDate.getTime() : undefined;
