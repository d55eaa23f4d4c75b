import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { documentsOf, textOf } from './export-text.ts'
import { readText } from './text.ts'

test('an export steers no terminal that it is shown on, and says the same to whoever reads it', () => {
  const args = ['\u001b[2J', 'a\u009b31mb', 'c\u0085d', 'e\u007ff', 'tab\there', 'plain']
  const form = { name: 'a', project: 'default', transport: { type: 'stdio', command: 'node', args, env: [] } }
  const held = { kind: 'server', slug: 'a', id: 'srv_1', revision: 1, managedBy: null, isJoinedByNew: false } as const
  const text = textOf(documentsOf([{ ...held, form }]), 'platform', null)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are what must not be there
  expect(text.replaceAll('\t', '')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
  expect(parse(text).servers[0].transport.args).toEqual(args)
  expect(readText('a.yaml', text).slips).toEqual([])
})
