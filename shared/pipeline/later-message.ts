/** A message of a later version of this app, which is being rolled out, or was before it was rolled back. */
export class LaterMessage extends Error {
  override readonly name = 'LaterMessage';

  constructor(version: number) {
    super(`The message is of version ${version}, which this version of the app cannot read: it comes back by itself.`);
  }
}
