#!/usr/bin/env node
// Beside what is built, so that npm links it in a clone, too, where nothing is built yet.
const program = new URL('../dist/cli/main.js', import.meta.url);
await import(program.href);
