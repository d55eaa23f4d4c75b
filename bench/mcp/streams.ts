import { connect, type Socket } from 'node:net'
import { residentBytes } from '../../test/processes.ts'
import { startProduct } from '../../test/product.ts'
import { startNode } from '../../test/programs.ts'
import { table } from '../table.ts'

const perKey = 80

/** Open streams on one gateway: what each costs in memory, and whether that grows with time. */
export async function printStreams(count: number, minutes: number): Promise<void> {
  const upstream = startNode(['bench/mcp/mock-server.ts', '1000'], {}, { ipc: true })
  const [url] = await upstream.says(/http:\S+/)
  const product = await startProduct({ store: 'sqlite', quiet: true })
  try {
    await product.addServer({ slug: 'mock', transport: { type: 'http', url } })
    const secrets: string[] = []
    for (let n = 0; n < Math.ceil(count / perKey); n += 1)
      secrets.push((await product.createKey(`streams ${n}`, 'mock')).secret)
    const { gateway } = await product.pids()
    const before = await residentBytes(gateway)
    const sockets: Socket[] = []
    for (let n = 0; n < count; n += 1) sockets.push(await open(product.gatewayUrl, secrets[n % secrets.length] ?? ''))
    const rows: string[][] = []
    const steps = 6
    for (let step = 0; step <= steps; step += 1) {
      const bytes = await residentBytes(gateway)
      const alive = sockets.filter((socket) => !socket.destroyed).length
      rows.push([
        `${((step * minutes) / steps).toFixed(1)} min`,
        String(alive),
        (bytes / 1e6).toFixed(0),
        ((bytes - before) / count / 1e3).toFixed(1),
      ])
      if (step < steps) await new Promise((resolve) => setTimeout(resolve, (minutes * 60_000) / steps))
    }
    for (const socket of sockets) socket.destroy()
    process.stdout.write(table(['after', 'open', 'RSS MB', 'kB a stream'], rows))
  } finally {
    await product.stop()
    upstream.kill()
  }
}

const open = (gateway: string, secret: string): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const { hostname, port, host } = new URL(gateway)
    const socket = connect(Number(port), hostname, () => {
      const head = ['GET /mcp-connect/mock HTTP/1.1', `host: ${host}`, `authorization: Bearer ${secret}`]
      socket.write([...head, 'accept: text/event-stream', '', ''].join('\r\n'))
    })
    socket.once('error', reject)
    socket.once('data', (first) => {
      if (!first.toString('latin1').startsWith('HTTP/1.1 200'))
        reject(new Error(first.toString('latin1').slice(0, 300)))
      socket.on('data', () => {})
      resolve(socket)
    })
  })
