import fc from 'fast-check'
import { expect, test } from 'vitest'
import { normalBaseUrl } from './base-url.ts'
import { presets } from './presets.data.ts'
import { Dialect, Preset } from './schema.ts'

test.each([
  ['openai', null, 'https://api.openai.com', 'https://api.openai.com/v1'],
  ['openai', null, 'https://api.openai.com/', 'https://api.openai.com/v1'],
  ['openai', null, 'https://api.openai.com/v1', 'https://api.openai.com/v1'],
  ['openai', null, 'https://api.openai.com/v1//', 'https://api.openai.com/v1'],
  ['openai', null, 'http://127.0.0.1:11434', 'http://127.0.0.1:11434/v1'],
  ['openai', null, 'https://x.test/api/v3/', 'https://x.test/api/v3'],
  [
    'openai',
    'gemini',
    'https://generativelanguage.googleapis.com',
    'https://generativelanguage.googleapis.com/v1beta/openai',
  ],
  ['openai', 'azure-openai', 'https://mine.openai.azure.com/', 'https://mine.openai.azure.com/openai/v1'],
  ['openai', 'azure-openai', 'https://mine.openai.azure.com/openai/v1/', 'https://mine.openai.azure.com/openai/v1'],
  ['openai', 'openrouter', 'https://openrouter.ai', 'https://openrouter.ai/api/v1'],
  ['anthropic', null, 'https://api.anthropic.com', 'https://api.anthropic.com/v1'],
  ['anthropic', 'anthropic', 'https://api.anthropic.com/v1/', 'https://api.anthropic.com/v1'],
  ['anthropic', null, 'https://proxy.test/anthropic', 'https://proxy.test/anthropic/v1'],
] as const)('an address of %s (%s) works with and without its version: %s', (dialect, preset, text, normal) => {
  expect(normalBaseUrl(text, dialect, preset)).toBe(normal)
})

test('an address that was written down as it is meant stays as it is', () => {
  const asked = fc.oneof(
    fc.constantFrom(...Dialect.options).map((dialect) => ({ dialect, preset: null })),
    fc.constantFrom(...Preset.options).map((preset) => ({ dialect: presets[preset].dialect, preset })),
  )
  fc.assert(
    fc.property(fc.webUrl(), asked, (url, { dialect, preset }) => {
      const once = normalBaseUrl(url, dialect, preset)
      expect(normalBaseUrl(once, dialect, preset)).toBe(once)
      expect(once.endsWith('/')).toBe(false)
    }),
  )
})

test('every preset has an address as it is meant, of its own dialect', () => {
  for (const [name, { baseUrl, dialect }] of Object.entries(presets))
    if (baseUrl !== null) expect(normalBaseUrl(baseUrl, dialect, Preset.parse(name))).toBe(baseUrl)
})
