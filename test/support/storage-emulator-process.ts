import { startStorageEmulator } from '../../local/storage-emulator.ts';

// Run as a process of its own by tests that kill it: `node storage-emulator-process.ts [DIRECTORY]`, in memory without one.
const [directory] = process.argv.slice(2);
const { connectionString } = await startStorageEmulator(directory === undefined ? {} : { directory });
process.stdout.write(`${connectionString}\n`);
