import { type INestApplicationContext, type LoggerService, type ModuleMetadata, type Type } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { type RedisStreamsOptions, RedisStreamsModule, StreamProducer } from 'nestjs-redis-streams';
import { onTestFinished } from 'vitest';

export interface RunningApp {
  readonly module: TestingModule;
  readonly producer: StreamProducer;
  readonly logs: RecordedLog;
  get<T>(token: Type<T> | string | symbol): T;
  close(): Promise<void>;
}

/** Keeps what was logged, for tests to look at. */
export class RecordedLog implements LoggerService {
  readonly lines: { level: string; message: string }[] = [];

  log = (message: unknown) => this.keep('log', message);
  warn = (message: unknown) => this.keep('warn', message);
  error = (message: unknown) => this.keep('error', message);
  debug = (message: unknown) => this.keep('debug', message);
  verbose = () => undefined;

  matching(level: string, pattern: RegExp): string[] {
    return this.lines
      .filter((line) => line.level === level && pattern.test(line.message))
      .map(({ message }) => message);
  }

  private keep(level: string, message: unknown): void {
    this.lines.push({
      level,
      message: message instanceof Error ? (message.stack ?? message.message) : String(message),
    });
  }
}

/** Builds and starts an app with the given controllers, as a user's AppModule would; closed with the test. */
export async function startApp(
  parts: Pick<ModuleMetadata, 'controllers' | 'providers' | 'imports'> & {
    options?: RedisStreamsOptions;
    prepare?: (app: TestingModule) => void;
    /** To be looked at while the app starts. */
    logs?: RecordedLog;
  },
): Promise<RunningApp> {
  const { options, prepare, imports = [], logs = new RecordedLog(), ...metadata } = parts;
  const module = await Test.createTestingModule({
    ...metadata,
    imports: [RedisStreamsModule.forRoot({ shutdownTimeoutMs: 2_000, ...options }), ...imports],
  })
    .setLogger(logs)
    .compile();
  prepare?.(module);
  let isUp = false;
  // Nest 11 rejects the closing of an application whose start failed, with the same error once more.
  onTestFinished(() => module.close().catch((error: unknown) => (isUp ? Promise.reject(error) : undefined)));
  await module.init();
  isUp = true;
  return {
    module,
    logs,
    producer: module.get(StreamProducer),
    get: (token) => module.get(token, { strict: false }),
    close: () => module.close(),
  };
}

/** Closes an app when the test ends, also when it has been closed already. */
export function closeWithTest(app: INestApplicationContext): void {
  onTestFinished(() => app.close());
}
