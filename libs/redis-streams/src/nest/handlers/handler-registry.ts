import type { CustomTransportStrategy, MessageHandler } from '@nestjs/microservices';
import type { ConsumerHandler } from '../../engine/stream-consumer.js';
import { RedisStreamsConfigError } from '../../model/errors/errors.js';
import { assertLongSilence } from '../../options/group-silence.js';
import type { ResolvedRedisStreamsOptions } from '../../options/resolve-options.js';
import { resolveHandlerOptions } from '../../options/resolve-handler-options.js';
import { assertStreamName } from '../../wire/stream-name.js';
import { ErrorOrigins } from './error-origins.js';
import { asHandler } from './handler-adapter.js';
import { asStreamingHandler } from './streaming/streaming-handler.js';
import type { PatternHandlers } from './pattern-handlers.js';
import { REDIS_STREAMS } from '../redis-streams.transport.js';
import { STREAM_HANDLER, type StreamHandlerDefinition } from '../stream-handler.decorator.js';

interface FoundHandler extends ConsumerHandler {
  readonly definition: StreamHandlerDefinition;
}

/**
 * Collects the app's handlers, which are its `@StreamHandler` methods, and those of Nest's pattern decorators that name our transport: the
 * server that Nest's own registration of listeners talks to. Patterns of other transports, and of none, are left to whom they belong.
 */
export class HandlerRegistry implements CustomTransportStrategy {
  readonly transportId = REDIS_STREAMS;
  /** Nest then passes errors on instead of only logging them. */
  readonly propagatesEventHandlerErrors = true;
  readonly errorOrigins = new ErrorOrigins();
  /** Whether any handler streams. */
  hasStreaming = false;
  private readonly found = new Map<string, FoundHandler>();

  constructor(
    private readonly options: ResolvedRedisStreamsOptions,
    private readonly patterns: PatternHandlers,
  ) {}

  /** The handlers that this process is to run. */
  get handlers(): readonly ConsumerHandler[] {
    const { consume } = this.options;
    if (!consume) return [];
    return [...this.found.values()].filter(
      ({ stream, options }) =>
        (consume.streams?.includes(stream) ?? true) && (consume.groups?.includes(options.group) ?? true),
    );
  }

  /** The streams of all handlers, those that this process is not to run included. */
  get streams(): readonly string[] {
    return [...this.found.values()].map(({ stream }) => stream);
  }

  /** Why this process runs nothing although it has handlers and means to consume. */
  get idleReason(): string | undefined {
    if (!this.options.consume || this.found.size === 0 || this.handlers.length > 0) return undefined;
    const named = this.unknownNames.length > 0 ? `: no handler is for ${this.unknownNames.join(', ')}` : '';
    return `consume matches none of the handlers${named}. There are handlers for ${this.describeFound()}`;
  }

  /** What else an operator should know about the choice of handlers. */
  get remark(): { readonly level: 'log' | 'warn'; readonly text: string } | undefined {
    if (!this.options.consume) {
      return { level: 'log', text: 'This process runs no tasks: consume is false, here or by REDIS_STREAMS_CONSUME.' };
    }
    if (this.found.size === 0) {
      return { level: 'log', text: 'This process runs no tasks: no controller has a @StreamHandler.' };
    }
    if (this.unknownNames.length === 0) return undefined;
    const names = this.unknownNames.join(', ');
    const text = `consume names what no handler is for: ${names}. There are handlers for ${this.describeFound()}.`;
    return { level: 'warn', text };
  }

  /** Whether Nest has brought all patterns that name our transport. */
  get hasAllPatterns(): boolean {
    return [...this.patterns.values()].flat().every((definition) => this.has(definition));
  }

  has(definition: StreamHandlerDefinition): boolean {
    return [...this.found.values()].some((handler) => handler.definition === definition);
  }

  /** @throws RedisStreamsConfigError for a bad name or option, and for a second handler of one stream and group */
  addHandler(pattern: unknown, callback: MessageHandler, _isEvent?: boolean, extras?: Record<string, unknown>): void {
    const definition = this.definitionOf(pattern, extras);
    if (!definition) return;
    const { stream, handlerName: name, decorator } = definition;
    assertStreamName(stream, `${decorator} on ${name}: `);
    const where = `${decorator}('${stream}') on ${name}`;
    const { handlerDefaults } = this.options;
    const outputGiven = definition.options.output ?? handlerDefaults.output;
    const keepsOutput = outputGiven ?? (definition.isGenerator && {});
    const options = resolveHandlerOptions({ ...definition.options, output: keepsOutput }, handlerDefaults, where);
    const streams = definition.isGenerator || options.output !== undefined;
    this.hasStreaming ||= streams;
    assertLongSilence(this.options.abandonGroupAfterMs, options.leaseMs, where);
    const key = JSON.stringify([stream, options.group]);
    const other = this.found.get(key);
    if (other) {
      throw new RedisStreamsConfigError(
        `Two handlers for the stream '${stream}' in the group '${options.group}': ${other.definition.handlerName} and ${name}. Each entry of a ` +
          'group has one handler: give one of them another group, or merge them.',
      );
    }
    this.found.set(key, {
      stream,
      options,
      definition,
      handlerName: name,
      handler: streams ? asStreamingHandler(callback) : asHandler(callback),
    });
  }

  private definitionOf(pattern: unknown, extras: object | undefined): StreamHandlerDefinition | undefined {
    if (!extras) return undefined;
    const own = (extras as Record<string, StreamHandlerDefinition | undefined>)[STREAM_HANDLER];
    return own ?? this.patterns.get(extras)?.find(({ stream }) => stream === pattern);
  }

  /** What `consume` names, and no handler has. */
  private get unknownNames(): readonly string[] {
    const { consume } = this.options;
    if (!consume) return [];
    const found = [...this.found.values()];
    return [
      ...(consume.streams?.filter((name) => !found.some(({ stream }) => stream === name)) ?? []),
      ...(consume.groups?.filter((name) => !found.some(({ options }) => options.group === name)) ?? []),
    ];
  }

  private describeFound(): string {
    return [...this.found.values()].map(({ stream, options }) => `${stream} (${options.group})`).join(', ');
  }

  listen(callback: () => void): void {
    callback();
  }

  close(): void {}

  on(): void {}

  unwrap<T>(): T {
    return this as never;
  }
}
