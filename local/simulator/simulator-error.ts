/** Something that whoever runs the simulator asked for and that cannot be. Its message says what to do. */
export class SimulatorError extends Error {
  override readonly name = 'SimulatorError';
}
