import { DestinationError } from './destination-error.ts';

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

const mendable = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG', 'ELOOP', 'ENOENT']);
const full = new Set(['ENOSPC', 'EDQUOT']);

/** A failed write to the disk, in words. */
export function fileError(destinationName: string, cause: unknown): DestinationError {
  const code = codeOf(cause);
  const setting = `DESTINATION_${destinationName.toUpperCase()}_PATH`;
  if (code !== undefined && full.has(code)) {
    return new DestinationError(
      `Destination ${destinationName} has no room left on its disk (${code}); make room under ${setting}.`,
      { kind: 'unavailable', cause },
    );
  }
  if (code !== undefined && mendable.has(code)) {
    return new DestinationError(
      `Destination ${destinationName} cannot write to its folder (${code}); check ${setting} and who may write there.`,
      { kind: 'misconfigured', cause },
    );
  }
  return new DestinationError(
    `Destination ${destinationName} could not write a file (${code ?? 'unknown error'}); check the disk of ${setting}.`,
    { kind: 'unavailable', cause },
  );
}
