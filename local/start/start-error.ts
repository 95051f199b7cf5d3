/** A reason not to start that a person can do something about. Its message is one sentence, printed as it is. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
