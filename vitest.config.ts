import { configDefaults, defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.js';

const COMMON = {
  resolve: { tsconfigPaths: true },
  test: { setupFiles: ['reflect-metadata'], testTimeout: 60_000, hookTimeout: 60_000 },
};

export default defineConfig({
  test: {
    globalSetup: ['test/support/redis-for-tests.ts'],
    // Most files wait for leases and servers, not for a processor.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        ...COMMON,
        // Many small files that share nothing: loading what they import anew for each would take longer than they do.
        test: { ...COMMON.test, name: 'units', include: ['libs/**/*.spec.ts'], isolate: false },
      },
      {
        ...COMMON,
        test: {
          ...COMMON.test,
          name: 'promises',
          include: ['apps/**/*.spec.ts', 'test/**/*.e2e-spec.ts'],
          // They need another version of the library, which scripts/test-versions.mjs builds.
          exclude: [...configDefaults.exclude, ...(process.env.BASE_LIBRARY ? [] : ['test/versions/**'])],
        },
      },
    ],
  },
});
