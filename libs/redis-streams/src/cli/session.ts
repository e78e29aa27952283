import type { ClientConnectionOptions } from '../options/client-options.js';
import type { StreamsClient } from '../wiring/streams-client.js';
import { connectionFrom } from './input/connection.js';
import { commandWords } from './output/command-words.js';
import { Output } from './output/output.js';
import type { TimeForm } from './output/times.js';

/** The options that every command has. */
export interface CommonOptions {
  readonly url?: string;
  readonly cluster?: boolean;
  readonly prefix?: string;
  readonly timeout: number;
  readonly json?: boolean;
  readonly time: TimeForm;
  readonly color: boolean;
}

/** What a command works with: Redis, the output, and whether somebody has pressed Ctrl-C. */
export class Session {
  readonly out: Output;
  /** Aborts with the first Ctrl-C. */
  readonly signal: AbortSignal;
  private opened: StreamsClient | undefined;

  constructor(
    readonly options: CommonOptions,
    signal: AbortSignal,
  ) {
    this.out = new Output(options);
    this.signal = signal;
  }

  /** Loaded when it is needed: help is not to wait for it. */
  async streams(more: Pick<ClientConnectionOptions, 'codec'> = {}): Promise<StreamsClient> {
    if (this.opened) return this.opened;
    const { prefix, timeout } = this.options;
    const connection = connectionFrom(this.options);
    const { createStreamsClient } = await import('../wiring/streams-client.js');
    this.opened = createStreamsClient({
      ...(connection !== undefined && { connection }),
      ...(prefix !== undefined && { prefix }),
      addTimeoutMs: timeout,
      ...more,
      log: {
        debug: () => undefined,
        log: () => undefined,
        warn: (message) => this.out.say(`warning: ${commandWords(message)}`),
        error: (message) => this.out.say(`error: ${commandWords(message)}`),
      },
    });
    return this.opened;
  }

  async close(): Promise<void> {
    await this.opened?.close();
  }
}
