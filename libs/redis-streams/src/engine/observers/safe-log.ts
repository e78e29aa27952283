import type { Log, LogFields } from '../../model/log.js';

/** A user's logger may throw; the engine's bookkeeping must not stop half-way for it. */
export function safeLog(log: Log): Log {
  const guarded = (level: keyof Log) => (message: string, fields?: LogFields) => {
    try {
      log[level](message, fields);
    } catch {
      // Nothing is left to tell it to.
    }
  };
  return { debug: guarded('debug'), log: guarded('log'), warn: guarded('warn'), error: guarded('error') };
}
