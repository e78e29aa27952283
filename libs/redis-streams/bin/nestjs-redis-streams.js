#!/usr/bin/env node
// Beside what is built, so that npm links it in a clone, too, where nothing is built yet.
await import('../dist/cli/main.js');
