import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Every registration says that there is no host around it, which is the point of calling handlers by themselves.
    onConsoleLog: (text) => !text.includes('package is in test mode'),
  },
});
