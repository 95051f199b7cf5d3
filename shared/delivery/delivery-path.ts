import { contentTypes } from '../activity-api/content-types.ts';
import { isHour } from '../activity-api/hours.ts';
import { DestinationError } from './destination-error.ts';
import type { Delivery } from './destination.ts';

/** The parts of a path that a delivery has a say in. */
export interface DeliveryPath {
  readonly tenantId: string;
  readonly contentType: string;
  readonly year: string;
  readonly month: string;
  readonly day: string;
  readonly hour: string;
}

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Path parts of a delivery, checked here once more however well they were checked before: a name with a slash or dots in
 * it would put records of one tenant into the folder of another, or anywhere on the disk.
 * @throws DestinationError `refused` if a part is not what it must be
 */
export function deliveryPath(delivery: Delivery, destinationName: string): DeliveryPath {
  const { tenantId, contentType, hour } = delivery;
  const refuse = (part: string): DestinationError =>
    new DestinationError(
      `Destination ${destinationName} was given records whose ${part} cannot be part of a path; report this as a defect.`,
      { kind: 'refused' },
    );
  if (!guid.test(tenantId)) throw refuse('tenant');
  if (!contentTypes.includes(contentType)) throw refuse('content type');
  if (!isHour(hour)) throw refuse('hour');
  return {
    tenantId,
    contentType,
    year: hour.slice(0, 4),
    month: hour.slice(5, 7),
    day: hour.slice(8, 10),
    hour: hour.slice(11, 13),
  };
}
