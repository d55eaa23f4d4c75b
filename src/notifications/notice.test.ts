import fc from 'fast-check'
import { expect, test } from 'vitest'
import { auditActions } from '../audit/schema.ts'
import { mailAt, retryAfterMs } from './mail/when.ts'
import { noticeOf } from './notice.ts'
import { notices } from './notices.data.ts'

const key = { kind: 'key', id: 'key_1', name: 'CI bot' }

test('D27 a crossed threshold is told in words, with what is spent and of how much', () => {
  const after = { percent: 80, spentUsd: '8.00', usd: '10.00', period: 'month' }
  const subject = { kind: 'budget', id: 'bud_1', name: 'Team One' }
  expect(noticeOf({ action: 'budget.threshold_crossed', subject, after })).toEqual({
    to: ['target', 'admins'],
    title: 'Budget Team One: 80 % is spent',
    body: '8.00 of 10.00 USD are spent (month). When it is all spent, calls are refused until the reset or a top-up.',
  })
})

test('an event that concerns nobody is no news', () => {
  expect(noticeOf({ action: 'team.created', subject: key, after: {} })).toBeNull()
  expect(noticeOf({ action: '__proto__', subject: key, after: {} })).toBeNull()
})

test('every event that somebody is told of is one of the audit log', () => {
  expect(Object.keys(notices).filter((action) => !auditActions.some((known) => known === action))).toEqual([])
})

test('a name breaks no line, whatever it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.jsonValue(), (name, after) => {
      const said = noticeOf({ action: 'key.exposed', subject: { ...key, name }, after })
      expect(said?.title).not.toMatch(/[\p{Cc}\u2028\u2029\u202e]/u)
      expect(said?.title.length).toBeLessThan(400)
    }),
  )
})

test('a digest is mailed at the next 08:00 UTC, everything else at once or never', () => {
  const at = (text: string) => Date.parse(`2026-11-21T${text}Z`)
  expect(mailAt('at-once', at('10:00:00'))).toBe(at('10:00:00'))
  expect(mailAt('off', at('10:00:00'))).toBeNull()
  expect(mailAt('daily', at('07:59:59'))).toBe(at('08:00:00'))
  expect(mailAt('daily', at('08:00:00'))).toBe(at('08:00:00') + 86_400_000)
})

test('a mail that was refused is tried again later and later, an hour apart at most', () => {
  expect([1, 2, 3, 10].map(retryAfterMs)).toEqual([60_000, 120_000, 240_000, 3_600_000])
})
