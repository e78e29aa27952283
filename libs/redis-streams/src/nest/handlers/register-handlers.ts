import { type ApplicationConfig, GraphInspector, type ModuleRef, type NestContainer } from '@nestjs/core';
import { NestMicroservice } from '@nestjs/microservices';
import { RedisStreamsConfigError } from '../../model/errors/errors.js';
import type { ErrorOrigins } from './error-origins.js';
import { chunksOf, isStreaming } from './streaming/chunks.js';
import { filterOutcome } from './filter-outcome.js';
import type { HandlerRegistry } from './handler-registry.js';
import { StreamContext } from '../stream-context.js';
import { assertNoStrayHandlers } from './stray-handlers.js';

/** The parts of Nest 12's microservice that we lean on; `internalsOf` checks that they are there. */
interface ContextCreator {
  exceptionFiltersContext: ExceptionFiltersContext;
  pipesConsumer: { apply(...args: unknown[]): Promise<unknown> };
  createGuardsFn(...args: unknown[]): ((args: unknown[]) => Promise<void>) | null;
  interceptorsConsumer: { intercept(interceptors: unknown[], args: unknown[], ...rest: unknown[]): Promise<unknown> };
}

interface ExceptionFiltersContext {
  create(...args: unknown[]): RpcExceptionsHandler;
}

interface RpcExceptionsHandler {
  handle(error: unknown, host: unknown, ...rest: unknown[]): unknown;
  invokeCustomFilters(error: unknown, host: unknown): unknown;
}

/**
 * Lets Nest's own listener registration run over all controllers, with the app's global enhancers, so that handlers are
 * real Nest handlers without a line in `main.ts`: a microservice beside the app on the same container, never listening.
 */
export function registerHandlers(container: NestContainer, config: ApplicationConfig, registry: HandlerRegistry): void {
  const microservice = new NestMicroservice(container, { strategy: registry }, new GraphInspector(container), config);
  const creator = internalsOf(microservice);
  keepOriginalErrors(creator.exceptionFiltersContext, registry.errorOrigins);
  notePipeErrors(creator.pipesConsumer, registry.errorOrigins);
  noteGuardErrors(creator, registry.errorOrigins);
  noteInterception(creator.interceptorsConsumer);
  microservice.registerListeners();
  if (!registry.hasAllPatterns) throw unsupported('extras of patterns in Server.addHandler');
  if (registry.hasStreaming) streamInside(creator.interceptorsConsumer);
  assertNoStrayHandlers(container, (definition) => registry.has(definition));
}

/** All modules of the application, as Nest keeps them. */
export function containerOf(moduleRef: ModuleRef): NestContainer {
  const { container } = moduleRef as unknown as { container: NestContainer };
  if (!container) throw unsupported('ModuleRef.container');
  return container;
}

function internalsOf(microservice: NestMicroservice): ContextCreator {
  const path = 'microservicesModule.listenersController.contextCreator';
  const creator = path
    .split('.')
    .reduce<unknown>(
      (owner, key) => (owner as Record<string, unknown> | undefined)?.[key],
      microservice,
    ) as ContextCreator;
  if (typeof creator?.exceptionFiltersContext?.create !== 'function')
    throw unsupported(`${path}.exceptionFiltersContext`);
  if (typeof creator.pipesConsumer?.apply !== 'function') throw unsupported(`${path}.pipesConsumer`);
  if (typeof creator.createGuardsFn !== 'function') throw unsupported(`${path}.createGuardsFn`);
  if (typeof creator.interceptorsConsumer?.intercept !== 'function') throw unsupported(`${path}.interceptorsConsumer`);
  return creator;
}

/** Nest's last filter hides every error but RpcException behind 'Internal server error', and logs it: we log it better. */
function keepOriginalErrors(filters: ExceptionFiltersContext, origins: ErrorOrigins): void {
  const create = filters.create.bind(filters);
  filters.create = (...args) => {
    const handler = create(...args);
    handler.handle = (error, host) =>
      filterOutcome(error, origins.of(error), () => handler.invokeCustomFilters(error, host));
    return handler;
  };
}

function notePipeErrors(pipes: ContextCreator['pipesConsumer'], origins: ErrorOrigins): void {
  const apply = pipes.apply.bind(pipes);
  pipes.apply = (...args) => {
    const applied = apply(...args);
    applied.catch((error: unknown) => origins.note(error, 'pipe'));
    return applied;
  };
}

function noteGuardErrors(creator: ContextCreator, origins: ErrorOrigins): void {
  const create = creator.createGuardsFn.bind(creator);
  creator.createGuardsFn = (...args) => {
    const canActivate = create(...args);
    if (!canActivate) return null;
    return (handlerArgs) => {
      const activated = canActivate(handlerArgs);
      activated.catch((error: unknown) => origins.note(error, 'guard'));
      return activated;
    };
  };
}

function noteInterception(consumer: ContextCreator['interceptorsConsumer']): void {
  const intercept = consumer.intercept.bind(consumer);
  consumer.intercept = (interceptors, args, ...rest) => {
    const [, context] = args;
    if (interceptors?.length > 0 && context instanceof StreamContext) context.getArgByIndex(0).isIntercepted = true;
    return intercept(interceptors, args, ...rest);
  };
}

/** What a streaming handler yields passes its interceptors and exception filters one by one, as an Observable's values do. */
function streamInside(consumer: ContextCreator['interceptorsConsumer']): void {
  const intercept = consumer.intercept.bind(consumer);
  consumer.intercept = (interceptors, args, ...rest) => {
    const [, context] = args;
    const delivery = context instanceof StreamContext ? context.getArgByIndex(0) : undefined;
    if (!delivery || !isStreaming(delivery)) return intercept(interceptors, args, ...rest);
    const [instance, method, next, type] = rest as [unknown, unknown, () => Promise<unknown>, unknown];
    return intercept(interceptors, args, instance, method, async () => chunksOf(await next(), delivery), type);
  };
}

function unsupported(missing: string): RedisStreamsConfigError {
  return new RedisStreamsConfigError(
    `This version of @nestjs/microservices has no ${missing}, which nestjs-redis-streams needs to run handlers. Use a Nest ` +
      'version from its peerDependencies, and report this one.',
  );
}
