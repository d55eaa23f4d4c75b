import { hash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What people put behind nginx's auth_request: a Node service that looks a digest of the key up. */
const known = new Map([[hash('sha256', `Bearer ${'x'.repeat(71)}`, 'hex'), 'somebody']])
const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const who = known.get(hash('sha256', request.headers.authorization ?? '', 'hex'))
  response.writeHead(who === undefined ? 401 : 200, { 'content-length': '0' }).end()
})
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}/auth\n`)
})
process.once('disconnect', () => process.exit(0))
