/** Why a step of consent was refused; shown to the administrator, nothing changed. */
export type ConsentRefusalCode =
  | 'invitation_invalid'
  | 'state_invalid'
  | 'other_browser'
  | 'cancelled'
  | 'refused_by_microsoft'
  | 'tenant_mismatch'
  | 'tenant_leaving';

/** A refused step of consent. Its message is one sentence for the administrator, with what to do. */
export class ConsentRefusal extends Error {
  override readonly name = 'ConsentRefusal';
  readonly code: ConsentRefusalCode;

  constructor(code: ConsentRefusalCode, message: string) {
    super(message);
    this.code = code;
  }
}
