import type { ContentType } from '../../shared/activity-api/content-types.ts';

/** A record as Microsoft will write it. */
export interface PlannedRecord {
  readonly id: string | undefined;
  readonly text: string;
}

/** Something that the API will offer. Times are milliseconds since the epoch. */
export interface PlannedContent {
  readonly tenantId: string;
  readonly contentType: ContentType;
  readonly id: string;
  readonly created: number;
  /** From when on it is listed, which may be long after it was created. */
  readonly visibleAt: number;
  readonly expires: number;
  readonly records: readonly PlannedRecord[];
  /** One record more, over what a record may weigh. */
  readonly oversized: boolean;
}

/** How one tenant's API misbehaves for a while. */
export type ApiTrouble =
  | 'throttled'
  | 'failing'
  | 'hanging'
  | 'truncating'
  | 'garbling'
  | 'stale-pages'
  | 'consent-missing'
  | 'permission-missing'
  | 'audit-off'
  | 'subscription-gone';

/** How a destination misbehaves for a while. */
export type DestinationTrouble =
  'unavailable' | 'hanging' | 'slow' | 'misconfigured' | 'refusing-all' | 'small-requests';

interface Span {
  readonly from: number;
  readonly to: number;
}

/** One thing that goes wrong, or that a person does. Each can be left out by itself, which is how a failure is shrunk. */
export type Fault =
  | {
      readonly what: 'fail';
      readonly actor: string;
      readonly step: number;
      readonly done: boolean;
      /** Done, and repeated by the storage client, which then meets its own write. */
      readonly conflict: boolean;
    }
  | {
      readonly what: 'freeze';
      readonly actor: string;
      readonly step: number;
      readonly done: boolean;
      readonly milliseconds: number;
    }
  | { readonly what: 'kill'; readonly actor: string; readonly step: number; readonly done: boolean }
  | ({ readonly what: 'storage'; readonly part: 'tables' | 'queue' | 'saved'; readonly done: boolean } & Span)
  | ({
      readonly what: 'api';
      readonly trouble: ApiTrouble;
      readonly tenantId: string;
      readonly probability: number;
    } & Span)
  | ({ readonly what: 'credential' } & Span)
  | ({
      readonly what: 'destination';
      readonly trouble: DestinationTrouble;
      readonly name: string;
      readonly probability: number;
    } & Span)
  | { readonly what: 'record-refused'; readonly name: string; readonly recordId: string }
  | { readonly what: 'answer-lost'; readonly name: string; readonly request: number }
  | { readonly what: 'message-twice'; readonly delivery: number }
  | { readonly what: 'queue-cleared'; readonly at: number }
  | {
      readonly what: 'content-gone';
      readonly contentId: string;
      readonly kind: 'unknown' | 'expired';
      readonly at: number;
    }
  | { readonly what: 'content-broken'; readonly contentId: string; readonly kind: 'garbled' | 'rejected' }
  | { readonly what: 'replay'; readonly at: number }
  | ({ readonly what: 'paused'; readonly tenantId: string } & Span)
  /** Off-boarded at the beginning of the span, and added again when it is over and the tenant is gone. */
  | ({ readonly what: 'left'; readonly tenantId: string; readonly queue: 'drain' | 'drop' | 'drain, then drop' } & Span)
  /** One content type is switched off for a while; another one instead if it is the only one. */
  | ({ readonly what: 'type-off'; readonly tenantId: string; readonly contentType: ContentType } & Span)
  | { readonly what: 'destinations'; readonly names: readonly string[]; readonly at: number };

/** Everything about a run that chance decides beforehand. */
export interface Plan {
  readonly seed: string;
  readonly profile: string;
  readonly start: number;
  /** No content appears and nothing goes wrong from here on. */
  readonly calmFrom: number;
  readonly cycleMs: number;
  readonly stickiness: number;
  readonly batchSize: number;
  readonly tenants: readonly { readonly tenantId: string; readonly contentTypes: readonly ContentType[] }[];
  readonly contents: readonly PlannedContent[];
  readonly destinations: readonly string[];
  readonly faults: readonly Fault[];
}
