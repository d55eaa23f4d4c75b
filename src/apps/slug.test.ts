import { expect, test } from 'vitest'
import { slug as Slug } from '../servers/schema.ts'
import { freeSlug, slugOf } from './slug.ts'

test.each([
  ['Billing Bot', 'billing-bot'],
  ['  Zürich – Straße №5 ', 'zurich-strasse-no5'],
  ['Łódź Ærø', 'lodz-aero'],
  ['A__B--C', 'a-b-c'],
  ['日本語', 'app'],
  ['🤖', 'app'],
  ['---', 'app'],
  ['日本 bot', 'bot'],
  ['x'.repeat(120), 'x'.repeat(31)],
  [`${'y'.repeat(30)} z`, 'y'.repeat(30)],
])('the name %s makes the slug %s', (name, slug) => {
  expect(slugOf(name)).toBe(slug)
  expect(Slug.safeParse(slug).success).toBe(true)
})

test('a slug that is taken gets the next number, and stays a slug however long it is', () => {
  expect(freeSlug('bot', new Set())).toBe('bot')
  expect(freeSlug('bot', new Set(['bot']))).toBe('bot-2')
  expect(freeSlug('bot', new Set(['bot', 'bot-2', 'bot-4']))).toBe('bot-3')
  const long = `${'a'.repeat(28)}-bc`
  const taken = new Set<string>()
  for (let i = 0; i < 1100; i += 1) {
    const slug = freeSlug(long, taken)
    expect(Slug.safeParse(slug).success, slug).toBe(true)
    taken.add(slug)
  }
  expect(taken.size).toBe(1100)
})
