import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fitsTemplate } from './name-template.ts'

test('B37 a star stands for any text, also none, everything else for itself', () => {
  const fitting: [name: string, template: string][] = [
    ['ci', 'ci'],
    ['', '*'],
    ['anything', '*'],
    ['ci-web', 'ci-*'],
    ['ci-', 'ci-*'],
    ['web-ci', '*-ci'],
    ['a/b/c', '*/*/*'],
    ['aba', 'a*a'],
    ['team/prod/x', '*/prod/*'],
    ['\u00e9', 'e\u0301'],
  ]
  for (const [name, template] of fitting)
    expect([name, template, fitsTemplate(name, template)]).toEqual([name, template, true])
  const others: [name: string, template: string][] = [
    ['CI', 'ci'],
    ['ci', ''],
    ['a', 'a*a'],
    ['ab', '*ab*b'],
    ['xci-web', 'ci-*'],
    ['ci-webx', 'ci-*web'],
    ['a.b', 'a?b'],
    ['a/b', '*/*/*'],
    ['abc', '[abc]+'],
  ]
  for (const [name, template] of others)
    expect([name, template, fitsTemplate(name, template)]).toEqual([name, template, false])
})

test('it is as the expression that one would write for it, for any name and template', () => {
  const text = fc.stringMatching(/^[ab*]{0,12}$/)
  const name = fc.stringMatching(/^[ab]{0,12}$/)
  fc.assert(
    fc.property(name, text, (given, template) => {
      const pieces = template.split('*').map((piece) => piece.replace(/[^ab]/g, ''))
      expect(fitsTemplate(given, template)).toBe(new RegExp(`^${pieces.join('.*')}$`, 's').test(given))
    }),
    { numRuns: 2000 },
  )
})

test('a template that would keep an expression busy for years is answered at once', () => {
  expect(fitsTemplate('a'.repeat(100_000), `${'*a'.repeat(50_000)}*b`)).toBe(false)
})
