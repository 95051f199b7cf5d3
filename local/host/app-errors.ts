/** The app's process ended before it could answer. What it was doing may or may not have been done. */
export class AppProcessEnded extends Error {
  override readonly name = 'AppProcessEnded';
}

/** An invocation failed. Of the error in the app, message and stack are all that comes across. */
export class InvocationFailed extends Error {
  override readonly name = 'InvocationFailed';

  /** The stack as the app's process saw it. */
  override readonly stack: string;

  constructor(message: string, stack: string) {
    super(message);
    this.stack = stack;
  }
}
