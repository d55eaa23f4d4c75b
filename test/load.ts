import type { Product } from './product.ts'

/** What was answered while processes died around it: only that counts as promised. */
export type Written = { readonly created: Map<string, string>; readonly revoked: Set<string> }
export type Load = {
  readonly written: Written
  readonly statuses: Map<string, number>
  readonly stop: () => Promise<void>
}

const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'echo', arguments: { message: 'hi' } } }

/** Writers that create and revoke over REST, callers on the gateway; a lost connection is no answer and no failure. */
export function startWriting(product: () => Product, caller: { server: string; secret: string }): Load {
  const written: Written = { created: new Map(), revoked: new Set() }
  const statuses = new Map<string, number>()
  let isRunning = true
  const count = (what: string) => statuses.set(what, (statuses.get(what) ?? 0) + 1)
  const untilStopped = async (what: string, step: () => Promise<void>) => {
    while (isRunning) {
      await step().catch(async () => {
        count(`${what}: no answer`)
        await new Promise((done) => setTimeout(done, 20))
      })
    }
  }
  const write = async () => {
    const mcp = { servers: { mode: 'all' } }
    const created = await product().rest('POST', '/keys', { name: 'written under load', mcp })
    count(`create: ${created.status}`)
    if (created.status !== 201) return
    written.created.set(created.body.key.id, created.body.secret)
    if (written.created.size % 3 !== 0) return
    const revoked = await product().revoke(created.body.key.id, { waitMs: 0 })
    count(`revoke: ${revoked.status}`)
    if (revoked.status === 200) written.revoked.add(created.body.key.id)
  }
  const call = async () => {
    const { status, body } = await product().call(caller.server, caller.secret, message)
    count(`call: ${status}${status === 200 ? '' : ` ${body?.error?.data?.code ?? ''}`}`)
  }
  const loops = [
    untilStopped('write', write),
    untilStopped('write', write),
    untilStopped('call', call),
    untilStopped('call', call),
  ]
  return {
    written,
    statuses,
    stop: async () => {
      isRunning = false
      await Promise.all(loops)
    },
  }
}
