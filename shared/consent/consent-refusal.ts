import type { StatePurpose } from '../state/consents.ts';
import type { BrowserSecret } from './browser-secret.ts';
import { type ConsentRefusalCode, refusalWords } from './refusal-words.ts';

/** What Microsoft's people ask for when one asks them: of its answer, all that is ever shown. */
export interface MicrosoftReport {
  /** E.g. `AADSTS65004`. */
  readonly aadsts: string | undefined;
  readonly traceId: string | undefined;
  readonly correlationId: string | undefined;
}

/** A walk through pages of Microsoft that this browser began. */
export interface Walk {
  readonly purpose: StatePurpose;
  readonly browser: BrowserSecret;
}

/** A refused step of consent or of a sign-in; nothing changed. Its message is one sentence with what to do. */
export class ConsentRefusal extends Error {
  override readonly name = 'ConsentRefusal';
  readonly code: ConsentRefusalCode;
  readonly report: MicrosoftReport | undefined;
  /** The walk that ended here, if it is this browser's own: it may start again. */
  readonly walk: Walk | undefined;

  constructor(code: ConsentRefusalCode, { report, walk }: { report?: MicrosoftReport; walk?: Walk | undefined } = {}) {
    const { why, what } = refusalWords[code];
    super(`${why}${report?.aadsts === undefined ? '' : ` (${report.aadsts})`}: ${what}.`);
    this.code = code;
    this.report = report;
    this.walk = walk;
  }
}
