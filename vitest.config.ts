import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'dashboard/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['test/postgres.ts', 'test/dashboard/built.ts'],
    // Processes, not threads: tests start workers, children and servers of their own, and one that dies takes no other along.
    pool: 'forks',
    maxWorkers: 2,
    // A shared machine in CI may stall for seconds; what fails three times in a row is broken.
    retry: process.env['CI'] ? 2 : 0,
    testTimeout: 60_000,
    // Of what a browser does, looked at until it is so.
    expect: { poll: { timeout: 10_000 } },
    // Hooks start products, servers and browsers, and are not tried again: what they wait for has limits of its own.
    hookTimeout: 300_000,
    setupFiles: ['test/patience.ts'],
    teardownTimeout: 20_000,
  },
})
