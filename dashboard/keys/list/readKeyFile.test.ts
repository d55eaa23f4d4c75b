import { expect, test } from 'vitest'
import { readKeyFile } from './readKeyFile.ts'

const read = (text: string) => readKeyFile(new File([text], 'keys.json'))

test('definitions come as an array or as an export has written them', async () => {
  expect(await read('[{"name":"a"}]')).toEqual({ keys: [{ name: 'a' }] })
  expect(await read('{"exportedAt":"2026-01-01T00:00:00Z","keys":[{"name":"a"}]}')).toEqual({ keys: [{ name: 'a' }] })
})

test('a file without keys says why', async () => {
  expect(await read('id,name\n')).toEqual({ problem: 'badJson' })
  for (const text of ['[]', '{}', 'null', '"keys"', '{"keys":{}}'])
    expect(await read(text)).toEqual({ problem: 'noKeys' })
  expect(await read(JSON.stringify(Array.from({ length: 201 }, () => ({}))))).toEqual({ problem: 'tooMany', n: 201 })
})

test('a file that is no list of keys by its size alone is never read', async () => {
  const text = () => Promise.reject(new Error('it was read'))
  expect(await readKeyFile({ size: 8 * 1_048_576 + 1, text })).toEqual({ problem: 'tooLarge' })
})

test('what one call does not take is refused before the call; how a file is laid out does not count', async () => {
  const keys = Array.from({ length: 200 }, (_, at) => ({ name: `Key ${at}`, description: 'ä'.repeat(3000) }))
  expect(await read(JSON.stringify(keys))).toEqual({ problem: 'tooLarge' })
  const spaced = JSON.stringify([{ name: 'a', tags: Array.from({ length: 100_000 }, () => 1) }], null, 10)
  expect(spaced.length).toBeGreaterThan(2_000_000)
  expect(await read(spaced)).toMatchObject({ keys: [{ name: 'a' }] })
})
