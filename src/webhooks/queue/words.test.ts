import fc from 'fast-check'
import { expect, test } from 'vitest'
import { wordsFor } from './words.ts'

const said = (name: string, actor = 'Ada') => ({
  action: 'key.revoked',
  at: '2026-11-21T10:00:00.000Z',
  subject: { kind: 'key', name, id: 'key_1' },
  actor: { kind: 'member', name: actor },
})

test('Slack is told in one line of text', () => {
  expect(JSON.parse(wordsFor('slack', said('CI bot'))).text).toBe(
    '*key.revoked*  key CI bot  by Ada  (2026-11-21T10:00:00.000Z)',
  )
})

test('Teams is told in an adaptive card', () => {
  const { type, attachments } = JSON.parse(wordsFor('teams', said('CI bot')))
  expect(type).toBe('message')
  expect(attachments[0].contentType).toBe('application/vnd.microsoft.card.adaptive')
  expect(attachments[0].content.body[1].facts).toEqual([
    { title: 'What', value: 'key CI bot' },
    { title: 'Who', value: 'Ada' },
    { title: 'When', value: '2026-11-21T10:00:00.000Z' },
  ])
})

test('a name becomes no mention, link or second line, whatever it is', () => {
  const slack = JSON.parse(wordsFor('slack', said('<!channel> <https://evil.example|here>\n*x*'))).text
  expect(slack).not.toMatch(/<|\n/)
  expect(slack).toContain('&lt;!channel&gt;')
  const teams = wordsFor('teams', said('[here](https://evil.example)'))
  expect(teams).not.toContain('](')
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (name, actor) => {
      for (const format of ['slack', 'teams'] as const) {
        const text = wordsFor(format, said(name, actor))
        expect(() => JSON.parse(text)).not.toThrow()
        expect(text.length).toBeLessThan(4000)
      }
      expect(JSON.parse(wordsFor('slack', said(name, actor))).text).not.toMatch(/[<>\n\r]/)
    }),
  )
})
