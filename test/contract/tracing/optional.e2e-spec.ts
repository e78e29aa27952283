import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

/** Loads an entry of the library where a package of OpenTelemetry cannot be found. */
function load(entry: string): string {
  const hook = `
    export async function resolve(name, context, next) {
      if (name.startsWith('@opentelemetry/')) throw new Error('not installed: ' + name);
      return next(name, context);
    }`;
  const script = `
    import 'reflect-metadata';
    import { register } from 'node:module';
    register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hook)}));
    try {
      const { RedisStreamsModule, createStreamsClient } = await import('nestjs-redis-streams${entry}');
      console.log('loaded', typeof (RedisStreamsModule ?? createStreamsClient));
    } catch (error) {
      console.log(error.message);
    }`;
  const args = ['--import', 'tsx', '--input-type=module', '--eval', script];
  return execFileSync(process.execPath, args, { encoding: 'utf8' }).trim();
}

it('only the entries for traces need OpenTelemetry', () => {
  expect(load('')).toBe('loaded function');
  expect(load('/client')).toBe('loaded function');
  expect(load('/tracing')).toMatch(/^not installed: @opentelemetry\/api/);
  expect(load('/client-tracing')).toMatch(/^not installed: @opentelemetry\/api/);
});
