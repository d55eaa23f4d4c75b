import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { settingNames, settings } from '../config-settings.ts'
import { configDocs } from './config-docs.ts'

test('docs/configuration.md is what the program says about its settings', () => {
  const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8')
  expect(page, 'run: npm run -s ostiary -- config docs > docs/configuration.md').toBe(configDocs())
})

test('every setting is in the reference', () => {
  const page = configDocs()
  for (const name of settingNames) expect(page).toContain(`| \`${settings[name].env}\` |`)
})
