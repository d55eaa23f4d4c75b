import { expect, test } from 'vitest'
import { sentenceOf } from './refusal.ts'

const withCode = (message: string, code: string) => Object.assign(new Error(message), { code })

test.each([
  [
    new Error('The master key is not the one of this database.\n  at x'),
    'The master key is not the one of this database.',
  ],
  [
    withCode('connect ECONNREFUSED 127.0.0.1:9', 'ECONNREFUSED'),
    'The database of OSTIARY_DATABASE_URL cannot be reached: connect ECONNREFUSED 127.0.0.1:9.',
  ],
  [
    withCode('password authentication failed for user "u"', '28P01'),
    'PostgreSQL refused (28P01): password authentication failed for user "u".',
  ],
  [
    withCode('file is not a database', 'ERR_SQLITE_ERROR'),
    'The database in the data directory cannot be opened: file is not a database.',
  ],
  [new TypeError('x is not a function'), 'An unexpected error, of which the log says more: x is not a function.'],
  ['odd', 'An unexpected error, of which the log says more: odd.'],
])('what keeps a part from starting is one sentence: %s', (error, sentence) => {
  expect(sentenceOf(error)).toBe(sentence)
})
