import { DestinationError } from './destination-error.ts';
import { printable } from './printable.ts';

const wrongAddress = new Set(['ENOTFOUND', 'EAI_NONAME', 'ERR_INVALID_URL']);

/** TLS failures that no second try mends: the certificate, or a port that does not speak TLS. */
const wrongTls = (code: string): boolean =>
  /CERT|SIGNATURE|ISSUER|CRL|^ERR_(TLS|SSL)_|^EPROTO$|^HOSTNAME_MISMATCH$|^PATH_LENGTH_EXCEEDED$|^INVALID_(CA|PURPOSE)$/.test(
    code,
  );

/**
 * A request that got no answer, in words. The error of the HTTP client stays out of it, cause included: it holds the
 * request with its headers and its body.
 * @param code the system's or Node's error code, e.g. `ECONNREFUSED`
 */
export function transportError(destinationName: string, code: string | undefined): DestinationError {
  const setting = `DESTINATION_${destinationName.toUpperCase()}_URL`;
  if (code !== undefined && wrongAddress.has(code)) {
    return new DestinationError(
      `The host of destination ${destinationName} is not known (${code}); check the address in ${setting}.`,
      { kind: 'misconfigured' },
    );
  }
  if (code !== undefined && wrongTls(code)) {
    return new DestinationError(
      `Destination ${destinationName} could not be trusted over TLS (${code}); check its certificate and ${setting}.`,
      { kind: 'misconfigured' },
    );
  }
  const reason = code === undefined ? 'the connection failed' : printable(code, 100);
  return new DestinationError(
    `Destination ${destinationName} could not be reached (${reason}); check that it is running and reachable from here.`,
    { kind: 'unavailable' },
  );
}
