import { Logger } from '@nestjs/common';
import { EnvironmentError } from './config.js';

/** Runs a process's start. What stops it is told in one message, and the exit code is 1. */
export function startOrExit(start: () => Promise<void>): void {
  // scripts/start.mjs holds the other end: when it dies, so does what it started.
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  start().catch((error: unknown) => {
    const isSelfExplaining = error instanceof EnvironmentError;
    new Logger('Start').error(isSelfExplaining ? error.message : ((error as Error)?.stack ?? String(error)));
    process.exit(1);
  });
}
