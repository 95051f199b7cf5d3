/** A content's body that cannot be cut into records. Its message names the place and holds nothing of the body. */
export class RecordStreamError extends Error {
  override readonly name = 'RecordStreamError';
  /** Where the body stops being JSON, bytes from its start; its length if it ended early. */
  readonly offset: number;

  /** @param found what is wrong there, to follow "at byte 17" */
  constructor(offset: number, found: string) {
    super(`The content cannot be cut into records: at byte ${offset} ${found}. Fetch it again, or look at its body.`);
    this.offset = offset;
  }
}
