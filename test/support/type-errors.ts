import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { vi } from 'vitest';

// The first program parses all of Nest, which takes a busy machine its time.
vi.setConfig({ testTimeout: 120_000 });

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SNIPPET = `${ROOT}test/snippet.ts`;

const { config } = ts.readConfigFile(`${ROOT}tsconfig.json`, (path) => ts.sys.readFile(path)) as {
  config: { compilerOptions: object };
};
const { options: BASE } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT);
const parsed = new Map<string, ts.SourceFile | undefined>();

/**
 * What the compiler says of a module that a user of the library would write, one message a mistake; none where it compiles.
 * A program of its own for each, as `StreamPayloads` is open to be merged with.
 */
export function typeErrors(source: string, options: ts.CompilerOptions = {}): string[] {
  const compilerOptions = { ...BASE, ...options };
  const host = ts.createCompilerHost(compilerOptions);
  const fromDisk = host.getSourceFile.bind(host);
  host.getSourceFile = (file, target) => {
    if (file === SNIPPET) return ts.createSourceFile(file, source, target);
    // Parsing takes most of the time, and the files are the same for every snippet.
    if (!parsed.has(file)) parsed.set(file, fromDisk(file, target));
    return parsed.get(file);
  };
  const program = ts.createProgram([SNIPPET], compilerOptions, host);
  const file = program.getSourceFile(SNIPPET);
  return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(({ messageText }) =>
    ts.flattenDiagnosticMessageText(messageText, '\n'),
  );
}
