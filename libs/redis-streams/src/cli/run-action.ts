import { EXIT, type ExitCode, InterruptedError, UsageError } from './exit-code.js';
import { commandWords } from './output/command-words.js';
import { type CommonOptions, Session } from './session.js';

export interface ActionTraits {
  /** It watches for Ctrl-C itself, as something is to be finished, and said, before it ends. Default: it is left as it is. */
  readonly endsItself?: boolean;
}

/** Runs what a command does, tells how it failed, and sets what the process ends with. */
export async function runAction(
  options: CommonOptions,
  { endsItself }: ActionTraits,
  act: (session: Session) => Promise<ExitCode | void>,
): Promise<void> {
  const interruption = new AbortController();
  const session = new Session(options, interruption.signal);
  const onSignal = () => {
    // Twice: whoever does not want to wait for what is to be finished.
    if (interruption.signal.aborted) process.exit(EXIT.interrupted);
    interruption.abort(new InterruptedError('interrupted'));
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    const done = act(session);
    process.exitCode = (await (endsItself ? done : Promise.race([done, whenAborted(session.signal)]))) ?? EXIT.done;
  } catch (error) {
    process.exitCode = tell(session, error as Error);
  } finally {
    await session.close();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

function tell({ out, signal }: Session, error: Error): ExitCode {
  if (signal.aborted) {
    const { message } = error instanceof InterruptedError ? error : (signal.reason as Error);
    if (message !== 'interrupted') out.say(message);
    return EXIT.interrupted;
  }
  out.say(`error: ${commandWords(error.message)}`);
  return error instanceof UsageError || OF_WRONG_USE.has(error.name) ? EXIT.usage : EXIT.failed;
}

/** By their names, as the classes would have the library loaded for their sake. */
const OF_WRONG_USE = new Set(['RedisStreamsConfigError', 'EncodeError', 'PayloadTooLargeError']);
