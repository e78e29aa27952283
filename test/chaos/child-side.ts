import { now } from './clock.js';

/** Tells the main process; without effect when it is gone. */
export function tellMain(message: object): void {
  if (process.connected) process.send?.(message, () => undefined);
}

/** Reports errors that escaped and lives on; ends with the main process, so that nothing outlives a run. */
export function watchOverProcess(): void {
  process.on('unhandledRejection', escaped);
  process.on('uncaughtException', escaped);
  process.on('disconnect', () => process.exit(0));
}

function escaped(error: unknown): void {
  tellMain({ event: 'escaped', at: now(), text: String((error as Error)?.stack ?? error) });
}
