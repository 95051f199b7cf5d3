import type { BlobServiceClient } from '@azure/storage-blob';
import type { Clock } from '../clock.ts';
import type { Random } from '../random.ts';
import type { DestinationSettings } from '../settings.ts';
import type { Destination } from './destination.ts';
import { createArchiveDestination } from './destinations/archive.ts';
import { createFileDestination } from './destinations/file.ts';
import { createHttpsDestination } from './destinations/https.ts';

export interface DestinationsDeps {
  readonly clock: Clock;
  readonly random: Random;
  /** Asked for only by destinations that need it. */
  readonly blobService: () => Pick<BlobServiceClient, 'getContainerClient'>;
}

/**
 * The destinations that the settings name, in that order. Made once per process: they hold connections.
 * @throws DestinationError `misconfigured` if one cannot work as it is set
 */
export const createDestinations = (
  settings: readonly DestinationSettings[],
  { clock, random, blobService }: DestinationsDeps,
): Destination[] =>
  settings.map((one) => {
    switch (one.type) {
      case 'file':
        return createFileDestination(one, { clock, random });
      case 'https':
        return createHttpsDestination(one, { clock });
      case 'archive':
        return createArchiveDestination(one, { clock, containers: blobService() });
    }
  });
