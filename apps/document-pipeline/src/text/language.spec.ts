import { expect, it } from 'vitest';
import { detectLanguage } from './language.js';

it.each([
  ['en', 'The server writes the task down and answers at once with its id.'],
  ['de', 'Der Server schreibt die Aufgabe auf und antwortet sofort mit ihrer Nummer.'],
  ['fr', 'Le serveur note la tâche et répond aussitôt avec son identifiant, puis il attend.'],
  ['es', 'El servidor anota la tarea y responde enseguida con su identificador, y luego espera.'],
  ['ja', 'サーバーはタスクを書き留めて、すぐにその番号を返します。'],
])('detects %s', (code, text) => {
  expect(detectLanguage(text).code).toBe(code);
});

it('says that it does not know where there is nothing to tell', () => {
  expect(detectLanguage('12345 67890')).toEqual({ code: 'und', name: 'Unknown', isReliable: false });
});
