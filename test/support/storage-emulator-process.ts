import { startStorageEmulator } from '../../local/storage-emulator.ts';

// Run as a process of its own by tests that kill it: `node storage-emulator-process.ts DIRECTORY`.
const { connectionString } = await startStorageEmulator({ directory: process.argv[2] ?? '' });
process.stdout.write(`${connectionString}\n`);
