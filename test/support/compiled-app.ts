import { existsSync } from 'node:fs';
import { join } from 'node:path';

const project = join(import.meta.dirname, '..', '..');

/** The folder of the compiled app, as Azure gets it. @throws Error if it was not compiled */
export function compiledApp(): string {
  if (existsSync(join(project, 'dist', 'functions'))) return project;
  throw new Error('The compiled app is missing: run npm run build, or npm test, which does it first.');
}
