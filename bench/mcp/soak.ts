import { readdir } from 'node:fs/promises'
import { descendantsOf, residentBytes } from '../../test/processes.ts'
import { startProduct } from '../../test/product.ts'
import { type Contender, measure, startLoad } from '../rounds.ts'
import { table } from '../table.ts'
import { stdioServer } from './bridges.ts'
import { openSession } from './session.ts'

/** Many calls to a stdio server: processes, descriptors and memory of the gateway must be at the end what they were. */
export async function printSoak(calls: number): Promise<void> {
  const product = await startProduct({ store: 'sqlite', quiet: true })
  const load = startLoad()
  try {
    const transport = { type: 'stdio', command: process.execPath, args: [stdioServer] }
    await product.addServer({ slug: 'mock', transport })
    const { secret } = await product.createKey('soak', 'mock')
    const { gateway: pid } = await product.pids()
    const url = `${product.gatewayUrl}/mcp-connect/mock`
    const authorization = { authorization: `Bearer ${secret}` }
    const rows: string[][] = []
    let done = 0
    let rate = 0
    while (done < calls) {
      // A session of its own for each part, so that those who come and go are in the account.
      const session = await openSession(url, authorization)
      const headers = { ...authorization, ...session.headers }
      const who: Contender = { name: 'soak', pid, url, headers, body: session.body }
      const left = calls - done
      const seconds = rate === 0 ? 2 : Math.max(0.5, Math.min(10, left / rate))
      const sample = await measure(load, who, seconds, 16)
      rate = sample.perSecond
      done += sample.statuses['200'] ?? 0
      if (Object.keys(sample.statuses).some((status) => status !== '200'))
        throw new Error(JSON.stringify(sample.statuses))
      await fetch(url, { method: 'DELETE', headers })
      const [files, below, rss] = [await readdir(`/proc/${pid}/fd`), await descendantsOf(pid), await residentBytes(pid)]
      rows.push([String(done), rate.toFixed(0), String(below.length), String(files.length), (rss / 1e6).toFixed(0)])
    }
    process.stdout.write(table(['calls', 'calls/s', 'processes', 'descriptors', 'RSS MB'], rows))
  } finally {
    load.kill()
    await product.stop()
  }
}
