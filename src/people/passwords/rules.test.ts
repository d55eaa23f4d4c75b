import { expect, test } from 'vitest'
import { password, passwordProblem } from './rules.ts'

const ada = { email: 'ada.lovelace@example.com', name: 'Ada Lovelace' }
const isTaken = (text: string): boolean => password.safeParse(text).success && passwordProblem(text, ada) === null

test('a password has 12 to 256 characters, counted as they are compared', () => {
  for (const text of ['elf chars..', '', 'x'.repeat(3), `${'long '.repeat(60)}`, 'x'.repeat(1_000_000)])
    expect(password.safeParse(text).success, text.slice(0, 20)).toBe(false)
  for (const text of ['twelve chars', `${'long '.repeat(51)}!`, '密码密码密码密码密码密码', '🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵🐔🐧'])
    expect(password.safeParse(text).success, text).toBe(true)
  // One character that becomes eighteen.
  expect(password.safeParse('\ufdfa').success).toBe(true)
  expect(password.safeParse('\ufdfa'.repeat(20)).success).toBe(false)
})

test('what somebody guesses first is refused, with where it stood', () => {
  for (const text of [
    ada.email,
    'Ada Lovelace',
    'ADA-LOVELACE-1815',
    'ada.lovelace2026!',
    'ostiary is good',
    'aaaaaaaaaaaa',
    'ababababababab',
    'abcabcabcabcab',
    'Password1234',
    'pass-word-1234!',
    'passwordpassword',
    '123456789012',
    '210987654321',
    'abcdefghijkl',
    'qwertyuiopas',
    '1q2w3e4r5t6y',
    '.............',
  ])
    expect(passwordProblem(text, ada), text).toMatchObject({ pointer: '/password' })
})

test('a sentence of one’s own is taken, without a rule about signs', () => {
  for (const text of ['a quite long sentence', 'lovelace wrote the first one', 'zzyzx road 1990', 'no digits in here'])
    expect(isTaken(text), text).toBe(true)
})

test('whoever has no address or name yet is not compared with nothing', () => {
  expect(passwordProblem('a quite long sentence', { email: '', name: '' })).toBeNull()
})
