import { expect, test } from 'vitest'
import type { FromGateway, Sighting } from './schema.ts'
import { createSightingBox } from './sighting-box.ts'

const sighting = (key: string): Sighting => ({
  organization: 'org_a',
  key,
  kind: 'honey',
  address: '198.51.100.7',
  client: '',
  what: '',
  at: 1,
})

function box() {
  const sent: string[][] = []
  const send = (frame: FromGateway) => {
    if (frame.type === 'sightings') sent.push(frame.items.map(({ key }) => key))
  }
  return { sent, ...createSightingBox(send) }
}

test('a sighting goes at once, and never again after an answer to a later heartbeat', () => {
  const { sent, ...told } = box()
  told.attached()
  told.beat(1)
  told.add(sighting('key_a'))
  expect(sent).toEqual([['key_a']])
  told.beat(2)
  told.answered(2)
  told.detached()
  told.attached()
  expect(sent).toEqual([['key_a']])
})

test('one that may have broken with its connection goes again', () => {
  const { sent, ...told } = box()
  told.attached()
  told.beat(1)
  told.add(sighting('key_a'))
  // Sent before the sighting was: it says nothing of it.
  told.answered(1)
  told.beat(2)
  told.detached()
  told.add(sighting('key_b'))
  told.attached()
  expect(sent).toEqual([['key_a'], ['key_a', 'key_b']])
})

test('while control is away the first thousand are kept', () => {
  const { sent, ...told } = box()
  for (let n = 0; n < 1200; n += 1) told.add(sighting(`key_${n}`))
  told.attached()
  expect(sent.map((keys) => [keys.length, keys[0], keys.at(-1)])).toEqual([[1000, 'key_0', 'key_999']])
})
