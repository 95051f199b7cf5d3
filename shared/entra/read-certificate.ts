import { createPrivateKey, X509Certificate } from 'node:crypto';
import { EntraError } from './entra-error.ts';

/** A certificate by which the app proves itself. */
export interface ReadCertificate {
  /** SHA-256 of the certificate, hexadecimal. */
  readonly thumbprint: string;
  /** PKCS #8 as PEM text. */
  readonly privateKey: string;
}

/**
 * Reads the PEM text of a certificate and its private key.
 * @throws EntraError `credential-refused`, without quoting the text
 */
export function readCertificate(pem: string): ReadCertificate {
  try {
    return {
      thumbprint: new X509Certificate(pem).fingerprint256.replaceAll(':', ''),
      privateKey: createPrivateKey(pem).export({ type: 'pkcs8', format: 'pem' }).toString(),
    };
  } catch {
    throw new EntraError('The certificate cannot be read; put it and its private key into ENTRA_CERTIFICATE as PEM.', {
      kind: 'credential-refused',
    });
  }
}
