import { beforeEach, expect, test } from 'vitest'
import { codeOf } from '../../test/keyring.ts'
import { onEachStore } from '../../test/stores.ts'
import { createWholeSurface } from '../../test/whole-surface.ts'
import type { Actor } from '../people/schema.ts'

/** As a shell and most clients spell a variable. */
const expanded = (name: string): string => `\${${name}}`
const line = 'GET /clients/:client/snippet'

onEachStore('snippets for AI clients', (open) => {
  let world: Awaited<ReturnType<typeof createWholeSurface>>
  beforeEach(async () => {
    world = await createWholeSurface(await open())
  })
  const ask = (query: object = {}, client = 'claude-code') => world.ask(line, { params: { client }, query })
  const refusal = async (actor: Actor, query: object, client = 'claude-code') =>
    codeOf(await world.call(actor, line, { params: { client }, query }))

  test('the list says which client sends headers, and where its file is', async () => {
    const { items } = await world.ask('GET /clients')
    expect(items).toContainEqual({
      ...{ id: 'claude-code', title: 'Claude Code', language: 'json' },
      ...{ sendsHeaders: true, file: '.mcp.json' },
    })
    const { id, sendsHeaders } = items.find((client: { id: string }) => client.id === 'claude-ai')
    expect([id, sendsHeaders]).toEqual(['claude-ai', false])
  })

  test('a server is named by id or slug, by the slug that it has now', async () => {
    const wiki = await world.addServer('wiki')
    for (const server of [wiki.id, 'wiki']) expect((await ask({ server })).text).toContain('/mcp-connect/wiki')
    await world.ask('PATCH /servers/:id', { params: { id: 'wiki' }, body: { slug: 'knowledge' } })
    const { text, name } = await ask({ server: 'wiki' })
    expect([text, name]).toEqual([expect.stringContaining('/mcp-connect/knowledge'), 'knowledge'])
    expect((await ask()).text).toMatch(/"http:\/\/127\.0\.0\.1:8420\/mcp"/)
    expect((await ask({ name: 'gate' })).text).toContain('"gate": {')
  })

  test('B22 what a member may not use is not there for him', async () => {
    await world.addServer('wiki')
    await world.addServer('secret', { catalogs: [] })
    const ada = await world.addMember('member', 'ada')
    expect((await world.as(ada)(line, { params: { client: 'curl' }, query: { server: 'wiki' } })).text).toContain(
      'wiki',
    )
    expect((await ask({ server: 'secret' })).text).toContain('secret')
    expect(await refusal(ada, { server: 'secret' })).toBe('not_found')
    expect(await refusal(ada, { server: 'never' })).toBe('not_found')
    expect(await refusal(ada, { server: '../../x' })).toBe('not_found')
    expect(await refusal(ada, { gateway: 'gwy_EEEEEEEEEEEEEEEE' })).toBe('not_found')
    const { key } = await world.ask('POST /keys', { body: { name: 'mine' } })
    expect(await refusal(ada, { key: key.id })).toBe('not_found')
    expect(await refusal(world.owner, { key: 'key_none' })).toBe('not_found')
  })

  test('a token that may not read keys or servers learns of none', async () => {
    await world.addServer('secret', { catalogs: [] })
    const { key } = await world.ask('POST /keys', { body: { name: 'mine' } })
    const narrow = { ...world.owner, scopes: ['webhooks:read'] }
    expect(await refusal(narrow, { key: key.id })).toBe('not_found')
    expect(await refusal(narrow, { server: 'secret' })).toBe('not_found')
  })

  test('C13 the kind of the key decides how it is sent, and its secret is nowhere', async () => {
    const header = await world.ask('POST /keys', { body: { name: 'laptop' } })
    const url = await world.ask('POST /keys', { body: { name: 'phone', kind: 'url' } })
    const withHeader = await ask({ key: header.key.id })
    const withUrl = await ask({ key: url.key.id })
    expect(withHeader).toMatchObject({ variable: 'OSTIARY_KEY', complete: true })
    expect(withUrl).toMatchObject({ variable: 'OSTIARY_URL_KEY', complete: true })
    expect(withUrl.text).toContain(`/mcp/${expanded('OSTIARY_URL_KEY')}"`)
    expect(withUrl.steps[0]).toContain('"phone"')
    for (const answer of [withHeader, withUrl])
      for (const secret of [header.secret, url.secret]) expect(JSON.stringify(answer)).not.toContain(secret)
    expect(await refusal(world.owner, { key: header.key.id }, 'claude-ai')).toBe('invalid')
    expect((await ask({ key: url.key.id }, 'claude-ai')).text).toContain(`/mcp/${expanded('OSTIARY_URL_KEY')}`)
    await world.ask('DELETE /keys/:id', { params: { id: header.key.id } })
    expect(await refusal(world.owner, { key: header.key.id })).toBe('not_found')
  })

  test('a client that nobody knows is not found, and a name that could break a file is not taken', async () => {
    expect(await refusal(world.owner, {}, 'netscape')).toBe('not_found')
    for (const name of ['__proto__', 'a b', '"']) await expect(ask({ name })).rejects.toThrow()
  })
})
