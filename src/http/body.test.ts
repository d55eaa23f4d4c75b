import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { readBody } from './body.ts'

const limits = { maxBytes: 8, idleMs: 1000 }
const incoming = (length: string) => Object.assign(new PassThrough(), { headers: { 'content-length': length } })

test('a body that is whole already is answered at once, and its stream runs to its end', async () => {
  const request = incoming('8')
  request.write('1234')
  request.write('5678')
  expect(readBody(request, limits)).toEqual({ ok: true, value: Buffer.from('12345678') })
  request.end()
  await once(request, 'end')
})

test('a body of which a part is missing is waited for, and one that is longer than it said is not cut in silence', async () => {
  const late = incoming('8')
  late.write('1234')
  const read = readBody(late, limits)
  expect(read).toBeInstanceOf(Promise)
  late.end('5678')
  expect(await read).toEqual({ ok: true, value: Buffer.from('12345678') })
  const longer = incoming('4')
  longer.end('123456')
  expect(await readBody(longer, limits)).toEqual({ ok: true, value: Buffer.from('123456') })
})

test('a declared length over the cap is refused before a byte is read', () => {
  expect(readBody(incoming('9'), limits)).toMatchObject({ problem: { code: 'too_large' } })
})
