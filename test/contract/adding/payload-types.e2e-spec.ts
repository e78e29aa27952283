import { describe, expect, it } from 'vitest';
import { typeErrors } from '../../support/type-errors.js';

const IMPORTS = `
  import { Controller } from '@nestjs/common';
  import { Ctx, Payload } from '@nestjs/microservices';
  import { type PayloadOf, StreamContext, StreamHandler, type StreamMonitor, type StreamName,
    type StreamProducer } from 'nestjs-redis-streams';
  export interface Mail { to: string; attachments: string[] }
  export interface Order { id: number; note?: string }
  declare const producer: StreamProducer;
  declare const monitor: StreamMonitor;
`;
const DECLARED = `declare module 'nestjs-redis-streams' {
  interface StreamPayloads {
    mail: Mail;
    orders: Order;
    either: Mail | Order;
    names: string[];
    [tenant: \`tenant:\${string}\`]: Order;
  }
}`;

/** The errors of a statement, where StreamPayloads is filled. */
function errorsOf(statement: string): string {
  return typeErrors(`${IMPORTS}${DECLARED}\n${statement}`).join('\n');
}

/** The errors of a handler with such a first parameter. */
function errorsOfHandler(stream: string, parameter: string): string {
  return errorsOf(`@Controller() export class Worker { @StreamHandler('${stream}') async handle(${parameter}) {} }`);
}

describe('a handler of a declared stream compiles', () => {
  it.each([
    ['with its payload', 'mail', '@Payload() mail: Mail'],
    ['that takes less', 'mail', "@Payload() mail: Pick<Mail, 'to'>"],
    ['that takes anything', 'mail', '@Payload() mail: unknown'],
    ['that takes more than one kind', 'mail', '@Payload() mail: Mail | Order'],
    ['that takes one key', 'mail', "@Payload('attachments') attachments: readonly string[]"],
    ['with the context first', 'mail', '@Ctx() context: StreamContext, @Payload() mail: Mail'],
    ['without parameters', 'mail', ''],
    ['with each of a union', 'either', '@Payload() task: Mail | Order'],
    ['of a family of streams', 'tenant:7', '@Payload() order: Order'],
  ])('%s', (_name, stream, parameter) => {
    expect(errorsOfHandler(stream, parameter)).toBe('');
  });

  it('whatever it takes, where a pipe makes another type and the check is switched off', () => {
    expect(
      errorsOf(
        "@Controller() export class W { @StreamHandler<string>('mail') async handle(@Payload() mail: Date) {} }",
      ),
    ).toBe('');
  });
});

describe('a handler of a declared stream is refused, with a message that ends in the reason,', () => {
  it.each([
    [
      'that wants more',
      'mail',
      '@Payload() mail: Mail & { extra: string }',
      /Property 'extra' is missing in type 'Mail'/,
    ],
    ['that wants a string of an object', 'orders', '@Payload() id: Date', /Type 'Order' is missing.*from type 'Date'/],
    [
      'that wants a number of an object',
      'mail',
      '@Payload() mail: number',
      /Type 'Mail' is not assignable to type 'number'/,
    ],
    [
      'that wants another type of a key',
      'orders',
      '@Payload() order: { id: string }',
      /Type 'number' is not assignable to type 'string'/,
    ],
    [
      'that wants an item of a list',
      'names',
      '@Payload() name: string',
      /Type 'string\[\]' is not assignable to type 'string'/,
    ],
    ['that knows one of a union only', 'either', '@Payload() mail: Mail', /Type 'Order' is missing/],
    [
      'that wants an optional key to be there',
      'orders',
      "@Payload('note') note: string",
      /not assignable to type 'string'/,
    ],
  ])('%s', (_name, stream, parameter, reason) => {
    expect(errorsOfHandler(stream, parameter)).toMatch(reason);
  });
});

describe('a name outside StreamPayloads is refused, and the message lists those that there are, in', () => {
  it.each([
    ['add', "void producer.add('mial', {});"],
    ['addBulk', "void producer.addBulk('mial', []);"],
    ['stats', "void monitor.stats('mial');"],
    ['history', "void monitor.history('mial');"],
    ['@StreamHandler', "@Controller() export class Worker { @StreamHandler('mial') async handle() {} }"],
    ['a template', 'declare const id: string; void producer.add(`tenent:${id}`, {});'],
  ])('%s', (_name, statement) => {
    expect(errorsOf(statement)).toMatch(/not assignable to parameter of type .*"mail".*"orders"/);
  });
});

describe('add', () => {
  it('takes the payload that is declared, and no other', () => {
    expect(errorsOf("void producer.add('orders', { id: 1 });")).toBe('');
    expect(errorsOf("void producer.add('orders', { id: 'one' });")).toMatch(
      /'string' is not assignable to type 'number'/,
    );
    expect(errorsOf("void producer.addBulk('orders', [{ payload: { note: 'no id' } }]);")).toMatch(
      /Property 'id' is missing/,
    );
  });

  it('takes a name that is only known at run time, one of a family, and one of several', () => {
    expect(errorsOf('declare const name: string; void producer.add(name, { any: 1 });')).toBe('');
    expect(errorsOf('declare const id: string; void producer.add(`tenant:${id}`, { id: 1 });')).toBe('');
    expect(
      errorsOf("declare const name: 'mail' | 'either'; void producer.add(name, { to: '', attachments: [] });"),
    ).toBe('');
  });

  it('can be wrapped in a generic function', () => {
    expect(
      errorsOf(`
        export function enqueue<S extends StreamName>(stream: S, payload: PayloadOf<S>) { return producer.add(stream, payload); }
        export function any<S extends string>(stream: import('nestjs-redis-streams').KnownStream<S>, payload: PayloadOf<S>) { return producer.add<S>(stream, payload); }
        void enqueue('orders', { id: 1 });
      `),
    ).toBe('');
  });
});

it('dead letters are read by their stream’s name, with its payload', () => {
  const read = (key: string) =>
    errorsOf(`for await (const { entry } of monitor.deadLetters('mail')) if (!entry.error) void entry.payload.${key};`);
  expect(read('attachments')).toBe('');
  expect(read('note')).toMatch(/'note' does not exist on type 'Mail'/);
  expect(errorsOf("void monitor.deadLetters('mial');")).toMatch(/'"mial"' is not assignable/);
});

it('everything is open while StreamPayloads is empty, and with an index signature in it', () => {
  const statement = `
    void producer.add('anything', [1, 2]);
    void monitor.stats('anything');
    @Controller() export class Worker { @StreamHandler('anything') async handle(@Payload() task: { any: boolean }) {} }
  `;
  expect(typeErrors(IMPORTS + statement)).toEqual([]);
  const open = `declare module 'nestjs-redis-streams' { interface StreamPayloads { [others: string]: unknown; orders: Order } }`;
  expect(typeErrors(IMPORTS + open + statement)).toEqual([]);
  expect(typeErrors(`${IMPORTS}${open}\nvoid producer.add('orders', {});`).join()).toMatch(/Property 'id' is missing/);
});

function errorsOfWalk(body: string): string {
  return errorsOf(`export async function walk() { for await (const entry of monitor.history('orders')) { ${body} } }`);
}

it('an entry of the history has a payload or an error', () => {
  expect(errorsOfWalk('if (!entry.error) console.log(entry.payload.id);')).toBe('');
  expect(errorsOfWalk('console.log(entry.payload.id);')).toMatch(/'entry.payload' is possibly 'undefined'/);
});
