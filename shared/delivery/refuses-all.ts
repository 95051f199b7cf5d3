import { DestinationError } from './destination-error.ts';

/** Why records that were refused are owed all the same: it may be the destination that is wrong, not they. */
export const refusesAll = (destinationName: string, answer: string): DestinationError =>
  new DestinationError(
    `Destination ${destinationName} refuses what it is sent and takes nothing else; check what it accepts. Its answer: ${answer}`,
    { kind: 'refused' },
  );
